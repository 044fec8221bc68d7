package sweeper

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSweepsOnceAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		s := Start(time.Minute, func(context.Context) error {
			at = append(at, time.Since(start))
			return nil
		}, nil)
		time.Sleep(time.Hour)
		s.Stop()
		if len(at) < 54 || len(at) > 67 {
			t.Errorf("got %d sweeps in an hour, want about 60", len(at))
		}
		var last time.Duration
		for _, a := range at {
			if gap := a - last; gap < 54*time.Second || gap > 66*time.Second {
				t.Errorf("got %v between two sweeps, want a minute, a tenth more or less", gap)
			}
			last = a
		}
	})
}

func TestReportsErrorsAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		var got []error
		s := Start(time.Minute, func(context.Context) error { return broken }, func(err error) { got = append(got, err) })
		time.Sleep(3*time.Minute + 30*time.Second)
		s.Stop()
		if len(got) != 3 || got[0] != broken {
			t.Errorf("got %v, want three errors", got)
		}
	})
}

func TestStopInterruptsAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended bool
		s := Start(time.Second, func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			ended = true
			return ctx.Err()
		}, func(err error) { t.Errorf("the end of a sweep was reported as an error: %v", err) })
		time.Sleep(2 * time.Second)
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(s.Stop)
		}
		wait.Wait()
		if !ended {
			t.Error("Stop returned before the sweep had ended")
		}
	})
}

func TestOff(t *testing.T) {
	for _, interval := range []time.Duration{0, -1} {
		s := Start(interval, func(context.Context) error { t.Error("swept"); return nil }, nil)
		time.Sleep(time.Millisecond)
		s.Stop()
	}
}
