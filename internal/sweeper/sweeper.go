// Package sweeper runs a store's clean-up now and then. No store depends on it
// for correctness: an expired session is invisible before it is swept.
package sweeper

import (
	"context"
	"math/rand/v2"
	"time"
)

// Sweeper calls a function at intervals until it is stopped.
type Sweeper struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// Start calls sweep about once an interval, each time a tenth earlier or later
// at random, so that many processes on one server do not sweep in step. An
// error that is not the end of ctx goes to onError, if there is one. Where
// interval is not above zero it starts nothing.
func Start(interval time.Duration, sweep func(ctx context.Context) error, onError func(error)) *Sweeper {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sweeper{cancel: cancel, done: make(chan struct{})}
	if interval <= 0 {
		close(s.done)
		return s
	}
	go s.run(ctx, interval, sweep, onError)
	return s
}

// Stop cancels a sweep under way and waits until it has returned. It may be
// called many times, by many goroutines.
func (s *Sweeper) Stop() {
	s.cancel()
	<-s.done
}

func (s *Sweeper) run(ctx context.Context, interval time.Duration, sweep func(context.Context) error, onError func(error)) {
	defer close(s.done)
	timer := time.NewTimer(jitter(interval))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := sweep(ctx); err != nil && ctx.Err() == nil && onError != nil {
			onError(err)
		}
		timer.Reset(jitter(interval))
	}
}

// jitter returns d, or up to a tenth less or more.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.9 + 0.2*rand.Float64()))
}
