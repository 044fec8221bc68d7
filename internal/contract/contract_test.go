package contract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

func TestWrite(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	good := t.Context()
	for _, c := range []struct {
		name string
		ctx  context.Context
		id   string
		size int
		ttl  time.Duration
		want error
	}{
		{"good", good, "id", 1, time.Second, nil},
		{"shortest ttl", good, "id", 1, 1, nil},
		{"longest ttl", good, "id", 1, sessionstore.MaxTTL, nil},
		{"ttl 0", good, "id", 1, 0, sessionstore.ErrInvalidTTL},
		{"negative ttl", good, "id", 1, -1, sessionstore.ErrInvalidTTL},
		{"ttl too long", good, "id", 1, sessionstore.MaxTTL + 1, sessionstore.ErrInvalidTTL},
		{"most data", good, "id", sessionstore.MaxDataBytes, 1, nil},
		{"too much data", good, "id", sessionstore.MaxDataBytes + 1, 1, sessionstore.ErrTooLarge},
		{"no id", good, "", 1, 1, sessionstore.ErrInvalidID},
		{"context done", done, "id", 1, 1, context.Canceled},
	} {
		if err := Write(c.ctx, c.id, make([]byte, c.size), c.ttl); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestCauseShowsWhatIsSafe(t *testing.T) {
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	for _, c := range []struct {
		err  error
		want error
	}{
		{fmt.Errorf("key k1: %w", io.EOF), io.EOF},
		{fmt.Errorf("key k1: %w", context.Canceled), context.Canceled},
		{fmt.Errorf("key k1: %w", dial), syscall.ECONNREFUSED},
		{fmt.Errorf("key k1: %w", syscall.ENOSPC), syscall.ENOSPC},
		{errors.New("key k1 is odd"), errHidden},
	} {
		got := Cause(t.Context(), c.err)
		if !errors.Is(got, c.want) {
			t.Errorf("Cause(%v): got %v, want %v", c.err, got, c.want)
		}
		if strings.Contains(got.Error(), "k1") {
			t.Errorf("Cause(%v): got %q, which shows the key", c.err, got)
		}
	}
}

func TestCauseIsThePassedDeadline(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if got := Cause(ctx, os.ErrDeadlineExceeded); !errors.Is(got, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", got)
	}
}

func TestUnknownMatchesBoth(t *testing.T) {
	err := Error("test: set", Unknown(io.EOF))
	for _, want := range []error{sessionstore.ErrUnknownOutcome, io.EOF} {
		if !errors.Is(err, want) {
			t.Errorf("got %v, want it to match %v", err, want)
		}
	}
	if want := "test: set: "; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %q, want it to begin with %q", err, want)
	}
}
