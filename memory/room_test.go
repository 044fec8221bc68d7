package memory

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// one is what a session counts whose id has one byte and whose data has 100.
const one = 1 + 100 + entryBytes

func wantUsed(t testing.TB, s *Store, want int64) {
	t.Helper()
	if got := s.room.used.Load(); got != want {
		t.Errorf("got %d bytes in use, want %d", got, want)
	}
}

func wantSet(t testing.TB, s *Store, id string, size int, want error) {
	t.Helper()
	if err := s.Set(t.Context(), id, make([]byte, size), time.Hour); !errors.Is(err, want) {
		t.Errorf("Set %s of %d bytes: got error %v, want %v", id, size, err, want)
	}
}

func TestMaxBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		max  int64
		want error
	}{
		{"below", 2*one + 1, nil},
		{"at", 2 * one, nil},
		{"above", 2*one - 1, sessionstore.ErrFull},
		{"no bound", 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t, Options{MaxBytes: c.max})
			wantSet(t, s, "a", 100, nil)
			wantSet(t, s, "b", 100, c.want)
			wantGet(t, s, "a", nil)
			want := int64(2 * one)
			if c.want != nil {
				want = one
				wantGet(t, s, "b", sessionstore.ErrNotFound)
			}
			wantUsed(t, s, want)
		})
	}
}

func TestFullStoreKeepsWhatItHas(t *testing.T) {
	s := newStore(t, Options{MaxBytes: one})
	wantSet(t, s, "a", 100, nil)
	wantSet(t, s, "a", 101, sessionstore.ErrFull)
	data, err := s.Get(t.Context(), "a")
	if len(data) != 100 || err != nil {
		t.Errorf("Get after a Set that was refused: got %d bytes, %v, want the old 100", len(data), err)
	}
	wantSet(t, s, "a", 100, nil) // replacing takes only what it adds
	wantSet(t, s, "a", 40, nil)
	wantUsed(t, s, one-60)
	wantSet(t, s, "a", 100, nil)
	if err := s.Delete(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	wantSet(t, s, "b", 100, nil)
	check(t, s)
}

func TestFullStoreRemovesWhatHasExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, Options{MaxBytes: 3 * one})
		mustSet(t, s, "a", 100, time.Second)
		mustSet(t, s, "b", 100, time.Hour)
		mustSet(t, s, "c", 100, time.Second)
		if err := s.Touch(t.Context(), "c", time.Hour); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second - 1)
		wantSet(t, s, "d", 100, sessionstore.ErrFull)
		time.Sleep(time.Nanosecond)
		wantSet(t, s, "d", 100, nil)
		for _, id := range []string{"b", "c", "d"} {
			wantGet(t, s, id, nil)
		}
		wantSet(t, s, "e", 100, sessionstore.ErrFull)
		wantUsed(t, s, 3*one)
		check(t, s)
	})
}

// TestFullStoreSweepsNoMoreThanItNeeds: the request that finds the store full
// does not pay for all that has expired.
func TestFullStoreSweepsNoMoreThanItNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 100 * sweepBatch
		s := newStore(t, Options{MaxBytes: n * (14 + entryBytes)})
		for _, id := range ids(n) { // of 14 bytes each
			mustSet(t, s, id, 0, time.Second)
		}
		time.Sleep(time.Second)
		wantSet(t, s, "new-session-01", 0, nil)
		if removed := n + 1 - stored(s); removed < 1 || removed > sweepBatch {
			t.Errorf("got %d removed, want 1 to %d", removed, sweepBatch)
		}
	})
}

// TestSetOverExpired: what an expired session counted is not counted twice.
func TestSetOverExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, Options{MaxBytes: one})
		mustSet(t, s, "a", 100, time.Second)
		time.Sleep(time.Hour)
		wantSet(t, s, "a", 99, nil)
		wantUsed(t, s, one-1)
		time.Sleep(time.Hour)
		wantSet(t, s, "a", 100, nil)
		wantUsed(t, s, one)
		check(t, s)
	})
}

func TestCtxEndsTheSearchForRoom(t *testing.T) {
	s := newStore(t, Options{MaxBytes: one})
	wantSet(t, s, "a", 100, nil)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.makeRoom(ctx, func() error {
		cancel()
		return sessionstore.ErrFull
	})
	if !errors.Is(err, sessionstore.ErrFull) { // nothing had expired: one write, at the end
		t.Errorf("got error %v, want ErrFull", err)
	}
	err = s.makeRoom(ctx, func() error { return errors.New("written") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled and no write", err)
	}
}

func TestUsedReturnsToZero(t *testing.T) {
	fill := func(t *testing.T) *Store {
		s := newStore(t, Options{MaxBytes: 1 << 30})
		for i, id := range ids(1000) {
			mustSet(t, s, id, i, time.Second)
			mustSet(t, s, id, (i*37)%1000, time.Second)
		}
		return s
	}
	t.Run("deleted", func(t *testing.T) {
		s := fill(t)
		for range 2 {
			for _, id := range ids(1000) {
				if err := s.Delete(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
		}
		wantUsed(t, s, 0)
	})
	t.Run("expired", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := fill(t)
			time.Sleep(time.Second)
			if err := s.sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantUsed(t, s, 0)
			check(t, s)
		})
	})
	t.Run("closed", func(t *testing.T) {
		s := fill(t)
		s.Close()
		wantUsed(t, s, 0)
	})
}

// TestNoneIsRefusedForAnother: there is room for what one writer asks for, while
// another asks for more than there is. The first may not feel it.
func TestNoneIsRefusedForAnother(t *testing.T) {
	r := &room{max: 100}
	var stop atomic.Bool
	var greedy sync.WaitGroup
	for range 2 {
		greedy.Go(func() {
			for !stop.Load() {
				if r.take(101) {
					t.Error("got 101 bytes of a room for 100")
					r.give(101)
				}
			}
		})
	}
	for range 200_000 {
		if !r.take(100) {
			t.Error("got no room, want 100 bytes")
			break
		}
		r.give(100)
	}
	stop.Store(true)
	greedy.Wait()
	if got := r.used.Load(); got != 0 {
		t.Errorf("got %d bytes in use, want 0", got)
	}
}
