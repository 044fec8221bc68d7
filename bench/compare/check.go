package compare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/storetest"
)

// checks run the core of the conformance suite on the servers that are
// measured next: a store that is fast and wrong has no figures.
func (c *Comparison) checks() []step {
	var steps []step
	for _, t := range c.targets {
		steps = append(steps, step{"checking " + t.Config.String(), 200 * time.Millisecond, func(ctx context.Context) error {
			err := c.check(ctx, t)
			if err == nil || ctx.Err() != nil {
				return err
			}
			c.run.SetUnavailable(t.Config.String(), "it breaks the contract, and so has no figures")
			return errors.Join(err, c.closeStores(t))
		}})
	}
	return steps
}

// check returns what the core of the conformance suite says against our store
// on a target. Each server is checked; a backend without one is no other when it
// is opened again.
func (c *Comparison) check(ctx context.Context, t *target.Target) error {
	if t.Server == nil && slices.Contains(c.sound, t.Config) {
		return nil
	}
	err := conforms(ctx, func(ct storetest.T) sessionstore.Store { return c.wrap(t.Config, opened(ct, t)) })
	if err == nil {
		c.sound = append(c.sound, t.Config)
	}
	return err
}

// conforms returns what the core of the suite says against a store.
func conforms(ctx context.Context, newStore func(storetest.T) sessionstore.Store) error {
	t := &checkT{ctx: ctx}
	done := make(chan struct{})
	go func() { // which Fatalf ends
		defer close(done)
		defer t.clean()
		storetest.Core(t, storetest.Harness{New: newStore})
	}()
	<-done
	return errors.Join(t.errs...)
}

// opened opens an empty store that closes with t.
func opened(t storetest.T, on *target.Target) sessionstore.Store {
	place := on.Place()
	place.SweepInterval = -1
	s, err := place.Open(t.Context())
	if err != nil {
		t.Fatalf("opening the store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
		if err := remove(on, place); err != nil {
			t.Errorf("removing its sessions: %v", err)
		}
	})
	return s
}

// checkT is a storetest.T outside of tests.
type checkT struct {
	ctx context.Context

	mu       sync.Mutex
	errs     []error  // guarded by mu
	cleanups []func() // guarded by mu
}

func (t *checkT) Helper()                  {}
func (t *checkT) Logf(string, ...any)      {}
func (t *checkT) Context() context.Context { return t.ctx }

func (t *checkT) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errs = append(t.errs, fmt.Errorf(format, args...))
}

func (t *checkT) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}

func (t *checkT) Cleanup(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cleanups = append(t.cleanups, f)
}

func (t *checkT) TempDir() string {
	dir, err := os.MkdirTemp("", "sessbench")
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("%v", err)
		}
	})
	return dir
}

func (t *checkT) clean() {
	for _, f := range slices.Backward(t.cleanups) {
		f()
	}
}
