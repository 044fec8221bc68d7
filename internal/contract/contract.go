// Package contract holds what every backend does in the same way: the checks
// before anything is sent, and the choice of what an error may show.
package contract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/coatcheck/sessionstore"
)

// Lookup checks the arguments of an operation that has only an id: Get,
// Delete.
func Lookup(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !sessionstore.ValidID(id) {
		return sessionstore.ErrInvalidID
	}
	return nil
}

// Touch checks the arguments of an operation with an id and a ttl.
func Touch(ctx context.Context, id string, ttl time.Duration) error {
	if err := Lookup(ctx, id); err != nil {
		return err
	}
	if ttl <= 0 || ttl > sessionstore.MaxTTL {
		return sessionstore.ErrInvalidTTL
	}
	return nil
}

// Write checks the arguments of an operation that also stores data.
func Write(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := Touch(ctx, id, ttl); err != nil {
		return err
	}
	if len(data) > sessionstore.MaxDataBytes {
		return sessionstore.ErrTooLarge
	}
	return nil
}

// Rotate checks the arguments of a rotation.
func Rotate(ctx context.Context, oldID, newID string, data []byte, ttl time.Duration) error {
	if err := Lookup(ctx, oldID); err != nil {
		return err
	}
	return Write(ctx, newID, data, ttl)
}

// Error is an error of a backend's operation: what may be shown, and nothing
// else.
//
// An outcome that is unknown is added with [Unknown].
func Error(op string, err error) error {
	return fmt.Errorf("%s: %w", op, err)
}

// Unknown returns cause so that it also matches ErrUnknownOutcome.
func Unknown(cause error) error {
	return fmt.Errorf("%w: %w", sessionstore.ErrUnknownOutcome, cause)
}

// CtxError returns the error of a context that is done, also when its deadline
// has passed and its timer has not yet fired; else nil. A client often reports
// an i/o timeout of its own where the caller's deadline was the reason.
func CtxError(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d, ok := ctx.Deadline(); ok && !time.Now().Before(d) {
		return context.DeadlineExceeded
	}
	return nil
}

// Cause returns what of err may be shown: errors of a context, of the network
// and of the operating system, which hold addresses and file names at most.
// Any other text may hold a key or data and is replaced.
//
// The deadline of ctx, once passed, is the cause of whatever error came of it.
func Cause(ctx context.Context, err error) error {
	if ctxErr := CtxError(ctx); ctxErr != nil {
		return ctxErr
	}
	for _, known := range []error{
		context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded,
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, io.ErrClosedPipe,
	} {
		if errors.Is(err, known) {
			if op, ok := errors.AsType[*net.OpError](err); ok {
				return op
			}
			return known
		}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns
	}
	if no, ok := errors.AsType[syscall.Errno](err); ok {
		return no
	}
	return errHidden
}

var errHidden = errors.New("unexpected answer (its text is withheld: it may hold session data)")
