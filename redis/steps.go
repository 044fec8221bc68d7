package redis

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// stepTimeout bounds each step of a rotation that goes on without its caller.
const stepTimeout = 5 * time.Second

// rotateInSteps moves a session between two servers. What falls between the
// steps:
//
//   - An update, a Delete, the end of the ttl or another rotation of the old
//     session, before it is removed here: it is not, and the new one is taken
//     back. Afterwards: the other finds no session, and has lost.
//   - A Touch of the old session changes nothing: content is compared.
//   - The creation of the new id by another: ErrExists, nothing was changed.
//   - A lost reply to the creation: the old session stays, and the new one, if
//     it is there, is taken back. The outcome is unknown, since the request may
//     be on its way yet.
//   - A lost reply to the removal: the same. That the old session is gone would
//     not tell whether this rotation, or a Delete, ended it.
//   - The end of ctx: the new session is taken back if it comes before the
//     removal was sent, so that the user keeps the session whose id the caller
//     knows.
//
// Nothing is ever removed but what equals the data that this rotation saw, or
// wrote: a new session that another has changed meanwhile is the other's.
func (s *Store) rotateInSteps(ctx context.Context, from, to string, old, new []byte, px string) error {
	if err := s.expect(ctx, from, old); err != nil {
		return err
	}
	if from == to {
		return sessionstore.ErrExists
	}
	if err := contract.CtxError(ctx); err != nil {
		return err
	}
	old, new = bytes.Clone(old), bytes.Clone(new) // for as long as it goes on without the caller
	return s.finish(ctx, func(work context.Context) error {
		err := step(work, func(ctx context.Context) error { return s.create(ctx, to, new, px) })
		if err != nil && !errors.Is(err, sessionstore.ErrUnknownOutcome) {
			return err
		}
		if err == nil {
			err = contract.CtxError(ctx)
		}
		if err == nil {
			err = step(work, func(ctx context.Context) error { return s.remove(ctx, from, old) })
		}
		if err == nil {
			return nil
		}
		return s.takeBack(work, to, new, err)
	})
}

// takeBack ends the new session and returns why: cause, or that the outcome is
// unknown where the session may be left.
func (s *Store) takeBack(work context.Context, key string, data []byte, cause error) error {
	err := step(work, func(ctx context.Context) error { return s.remove(ctx, key, data) })
	switch {
	case err == nil, errors.Is(err, sessionstore.ErrNotFound), errors.Is(err, sessionstore.ErrConflict),
		errors.Is(cause, sessionstore.ErrUnknownOutcome):
		return cause
	case errors.Is(err, sessionstore.ErrUnknownOutcome):
		return err
	default:
		return contract.Unknown(err)
	}
}

// finish runs f and returns its error, or, when ctx ends before, that the
// outcome is unknown: f goes on then, with a context that does not end.
func (s *Store) finish(ctx context.Context, f func(work context.Context) error) error {
	if !s.begin() {
		return sessionstore.ErrClosed
	}
	done := make(chan error, 1)
	go func() {
		defer s.working.Done()
		done <- f(context.WithoutCancel(ctx))
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done: // just in time
		return err
	default:
		return contract.Unknown(ctx.Err())
	}
}

func step(work context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(work, stepTimeout)
	defer cancel()
	return f(ctx)
}
