package storetest

import (
	"errors"
	"runtime"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

func pingHonest(t T, h *Harness) {
	s := h.New(t)
	err := sessionstore.Ping(within(t, opTimeout), s)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Logf("the store is no Pinger")
		return
	}
	if err != nil {
		t.Errorf("Ping: %v", err)
	}
	if h.Via != nil {
		pingOutage(t, h)
	}
	if sessionstore.Close(s) == nil {
		wantError(t, sessionstore.Ping(within(t, opTimeout), s), sessionstore.ErrClosed, "Ping after Close")
	}
}

func pingOutage(t T, h *Harness) {
	s, r := relayed(t, h)
	warm(t, s)
	if err := sessionstore.Ping(within(t, opTimeout), s); err != nil {
		t.Errorf("Ping through a relay: %v", err)
	}
	r.Cut()
	if err := sessionstore.Ping(within(t, opTimeout), s); err == nil {
		t.Errorf("Ping when the server is gone: got no error")
	}
	r.Pass()
	warm(t, s)
	r.Hang()
	const d = 100 * time.Millisecond
	begin := time.Now()
	err := sessionstore.Ping(within(t, d), s)
	if err == nil || time.Since(begin) > d+10*slack {
		t.Errorf("Ping of a server that hangs: got error %v after %v, want one after %v", err, time.Since(begin), d)
	}
}

func closeIdempotent(t T, h *Harness) {
	if errors.Is(sessionstore.Close(h.New(t)), errors.ErrUnsupported) {
		t.Logf("the store is no Closer")
		return
	}
	scope(t, func(t T) { closeOne(t, h) })
	before := runtime.NumGoroutine()
	const stores = 5
	for range stores {
		scope(t, func(t T) { closeOne(t, h) })
	}
	settled(t, "goroutines after five stores were opened and closed", before, runtime.NumGoroutine)
}

// closeOne closes a store from several goroutines while others use it.
func closeOne(t T, h *Harness) {
	s := h.New(t)
	ops := supported(t, s)
	id := sessionstore.NewID()
	mustSet(t, s, id, []byte("x"), long)
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			if err := sessionstore.Close(s); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		wait.Go(func() {
			err := operations[i].call(within(t, opTimeout), s, id) // an orderly answer, whichever
			for _, fine := range []error{nil, sessionstore.ErrClosed, sessionstore.ErrNotFound, sessionstore.ErrUnknownOutcome} {
				if errors.Is(err, fine) {
					return
				}
			}
			t.Errorf("%s during Close: got error %v, want none, ErrClosed, ErrNotFound, or ErrUnknownOutcome", operations[i].name, err)
		})
	}
	wait.Wait()
	if err := sessionstore.Close(s); err != nil {
		t.Errorf("Close of a closed store: %v", err)
	}
	for _, op := range ops {
		wantError(t, op.call(within(t, opTimeout), s, id), sessionstore.ErrClosed, op.name+" after Close")
	}
	for name, err := range whole(t, s) {
		if !isUnsupported(err) {
			wantError(t, err, sessionstore.ErrClosed, name+" after Close")
		}
	}
}
