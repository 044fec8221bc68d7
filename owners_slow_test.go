package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// slow is a store each of whose operations takes as long as pause says, as a
// distant one does.
func slow(s sessionstore.Store, pause *time.Duration) sessionstore.Store {
	return sessionstore.Observe(s, func(ctx context.Context, _ sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		select {
		case <-time.After(*pause):
		case <-ctx.Done():
		}
		return nil, nil
	})
}

// within calls call with two seconds, and checks that it takes no longer.
func within(t *testing.T, call func(ctx context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	began := time.Now()
	err := call(ctx)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the call took %v, want at most 2s", took)
	}
	return err
}

func signInMany(t *testing.T, o *sessionstore.Owners, n int) {
	t.Helper()
	for i := range n {
		signIn(t, o, "ada", fmt.Sprint("s", i))
	}
}

func count(t *testing.T, s sessionstore.Store) (n int) {
	t.Helper()
	for _, err := range sessionstore.All(t.Context(), s) {
		must(t, err)
		n++
	}
	return n
}

// TestOwnersEndManySlowly: a call that has no time for all of an owner's sessions
// ends some, and the next calls the rest. None begins at the first again.
func TestOwnersEndManySlowly(t *testing.T) {
	for pause, calls := range map[time.Duration]int{
		25 * time.Millisecond:  3,
		200 * time.Millisecond: 34,
	} {
		synctest.Test(t, func(t *testing.T) {
			var now time.Duration
			b := newMemory(t)
			o := newOwners(t, slow(b, &now), sessionstore.OwnersOptions{})
			signInMany(t, o, 100)
			now = pause
			total := 0
			for call := range calls {
				err := within(t, func(ctx context.Context) error {
					n, err := o.EndOthers(ctx, "ada", "s99")
					total += n
					return err
				})
				if err == nil {
					break
				}
				if !errors.Is(err, context.DeadlineExceeded) || call == calls-1 {
					t.Errorf("call %d of EndOthers, %v for an operation: got error %v", call+1, pause, err)
				}
			}
			if live := count(t, b); live != 1 || total != 99 {
				t.Errorf("%v for an operation: %d sessions live after EndOthers said that it ended %d", pause, live, total)
			}
			now = 0
			wantNames(t, o, "ada", "s99")
		})
	}
}

// TestOwnersSignInAfterAnOutage: what nobody could end before is no reason to
// keep somebody from signing in. Each sign-in ends a part of it.
func TestOwnersSignInAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := t.Context(), newMemory(t)
		broken, deletes := errDisk, 0
		s := &faulty{Store: b, deleteErr: func(string) error { deletes++; return broken }}
		var pause time.Duration
		o := newOwners(t, slow(s, &pause), sessionstore.OwnersOptions{})
		signInMany(t, o, 40)
		if _, err := o.EndAll(ctx, "ada"); !errors.Is(err, errDisk) {
			t.Fatalf("EndAll: got error %v, want that of Delete", err)
		}
		time.Sleep(2 * time.Minute)
		for _, step := range []struct {
			pause   time.Duration
			broken  error
			deletes int
		}{
			{0, errDisk, 16},
			{25 * time.Millisecond, nil, 16},
			{25 * time.Millisecond, nil, 16},
			{25 * time.Millisecond, nil, 8},
			{25 * time.Millisecond, nil, 0},
		} {
			pause, broken, deletes = step.pause, step.broken, 0
			must(t, within(t, func(ctx context.Context) error { return o.Start(ctx, "ada", sessionstore.NewID(), nil, hour) }))
			if deletes != step.deletes {
				t.Errorf("Start: got %d deletions, want %d", deletes, step.deletes)
			}
		}
		if live := count(t, b); live != 5 {
			t.Errorf("%d sessions live, want the 5 that began since", live)
		}
	})
}

// TestOwnersSignInAtTheLimitSlowly: where there is no time to look which sessions
// are gone, the oldest has to go. The next sign-in does not look again.
func TestOwnersSignInAtTheLimitSlowly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pause time.Duration
		b := newMemory(t)
		o := newOwners(t, slow(b, &pause), sessionstore.OwnersOptions{})
		signInMany(t, o, 100)
		time.Sleep(2 * time.Minute)
		pause = 25 * time.Millisecond
		for i, limit := range []time.Duration{2 * time.Second, 500 * time.Millisecond} {
			began := time.Now()
			must(t, within(t, func(ctx context.Context) error { return o.Start(ctx, "ada", fmt.Sprint("new", i), nil, hour) }))
			if took := time.Since(began); took > limit {
				t.Errorf("sign-in %d took %v, want at most %v", i+1, took, limit)
			}
			must(t, ended(b, fmt.Sprint("s", i)))
		}
		if live := count(t, b); live != 100 {
			t.Errorf("%d sessions live, want 100", live)
		}
	})
}

// TestOwnersStartInstead: who signs in again takes nobody's place.
func TestOwnersStartInstead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := t.Context(), newMemory(t)
		o := newOwners(t, b, sessionstore.OwnersOptions{MaxSessions: 2})
		signIn(t, o, "ada", "laptop", "phone")
		instead := func(former, id string) {
			t.Helper()
			must(t, o.StartInstead(ctx, "ada", former, id, []byte(id), hour))
			time.Sleep(time.Second)
		}
		end := func(id string) {
			t.Helper()
			if err := o.End(ctx, "ada", o.HandleOf(id)); err != nil && !errors.Is(err, sessionstore.ErrNotFound) {
				t.Error(err)
			}
		}
		instead("phone", "phone2")
		wantNames(t, o, "ada", "laptop", "phone", "phone2") // until the caller ends it
		end("phone")
		wantNames(t, o, "ada", "laptop", "phone2")
		instead("laptop", "laptop2") // also the oldest
		end("laptop")
		wantNames(t, o, "ada", "phone2", "laptop2")
		instead("unknown", "tablet")
		wantNames(t, o, "ada", "laptop2", "tablet")
		instead("tablet", "tablet2")
		signIn(t, o, "ada", "third") // the former was not ended: it counts
		wantNames(t, o, "ada", "tablet2", "third")

		must(t, o.Start(ctx, "eve", "eve1", nil, hour))
		must(t, o.StartInstead(ctx, "ada", "eve1", "fourth", []byte("fourth"), hour))
		wantNames(t, o, "ada", "third", "fourth")
		wantError(t, o.StartInstead(ctx, "ada", "bad id", "x", nil, hour), sessionstore.ErrInvalidID, "StartInstead of a bad id")
	})
}
