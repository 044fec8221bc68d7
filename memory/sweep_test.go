package memory

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, Options{})
		touch := func(id string, ttl time.Duration) {
			if err := s.Touch(t.Context(), id, ttl); err != nil {
				t.Errorf("Touch %s: %v", id, err)
			}
		}
		mustSet(t, s, "expires", 1, time.Minute)
		mustSet(t, s, "stays", 1, time.Hour)
		mustSet(t, s, "later", 1, time.Minute)
		touch("later", time.Hour)
		mustSet(t, s, "earlier", 1, time.Hour)
		touch("earlier", time.Minute)
		mustSet(t, s, "twice", 1, time.Minute)
		touch("twice", time.Hour)
		touch("twice", 30*time.Second)
		mustSet(t, s, "replaced", 1, time.Minute)
		mustSet(t, s, "replaced", 2, time.Hour)

		sweepAndExpect := func(want int, live ...string) {
			t.Helper()
			if err := s.sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := stored(s); got != want {
				t.Errorf("after the sweep: got %d entries, want %d", got, want)
			}
			for _, id := range live {
				wantGet(t, s, id, nil)
			}
			check(t, s)
		}
		sweepAndExpect(6)
		time.Sleep(time.Minute - 1)
		sweepAndExpect(5, "expires", "stays", "later", "earlier", "replaced")
		time.Sleep(time.Nanosecond)
		sweepAndExpect(3, "stays", "later", "replaced")
		time.Sleep(time.Hour - time.Minute)
		sweepAndExpect(0)
		wantGet(t, s, "stays", sessionstore.ErrNotFound)
	})
}

// TestSweepBatch: below, at and above what is removed under one lock.
func TestSweepBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, n := range []int{0, 1, sweepBatch - 1, sweepBatch, sweepBatch + 1, 3 * sweepBatch} {
			s := newStore(t, Options{})
			h := fillOneShard(t, s, n, time.Second)
			time.Sleep(time.Second)
			removed, more := h.sweepBatch()
			if want := min(n, sweepBatch); removed != want {
				t.Errorf("%d expired: got %d removed, want %d", n, removed, want)
			}
			if want := n >= sweepBatch; more != want {
				t.Errorf("%d expired: got more = %v, want %v", n, more, want)
			}
			if err := s.sweep(t.Context()); err != nil || stored(s) != 0 {
				t.Errorf("%d expired: the sweep left %d, %v", n, stored(s), err)
			}
		}
	})
}

// TestSweepBatchCountsTheTouched: putting a touched session back is work too.
func TestSweepBatchCountsTheTouched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, Options{})
		h := fillOneShard(t, s, 2*sweepBatch, time.Second)
		for id := range h.entries {
			if err := s.Touch(t.Context(), id, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		if removed, more := h.sweepBatch(); removed != 0 || !more {
			t.Errorf("got %d removed, more = %v, want 0 and more", removed, more)
		}
		late := 0
		for _, p := range h.order {
			if p.sweepAt < p.entry.deadline {
				late++
			}
		}
		if late != sweepBatch {
			t.Errorf("got %d entries that are not yet back in order, want %d", late, sweepBatch)
		}
		check(t, s)
	})
}

func TestSweepEndsWithItsContext(t *testing.T) {
	s := newStore(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.sweep(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
}

// fillOneShard stores n sessions that meet in one shard, and returns it.
func fillOneShard(t *testing.T, s *Store, n int, ttl time.Duration) *shard {
	h := s.shard("session")
	for _, id := range ids(2 * shardCount * (n + 50)) {
		if len(h.entries) == n {
			return h
		}
		if s.shard(id) == h {
			mustSet(t, s, id, 1, ttl)
		}
	}
	t.Fatalf("the shard got %d sessions, want %d", len(h.entries), n)
	return nil
}
