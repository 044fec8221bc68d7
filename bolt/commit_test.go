package bolt

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

// TestCommitTogether queues operations behind a transaction: one commit carries
// them all out, and those that find nothing do not undo the others.
func TestCommitTogether(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		set(t, s, "kept")
		set(t, s, "deleted")
		before, release := txid(t, s), hold(t, s)
		var wait sync.WaitGroup
		for name, test := range map[string]struct {
			do   func() error
			want error
		}{
			"Set":                {func() error { return s.Set(ctx, "new", []byte("data"), time.Hour) }, nil},
			"Touch":              {func() error { return s.Touch(ctx, "kept", time.Minute) }, nil},
			"Touch of nothing":   {func() error { return s.Touch(ctx, "none", time.Hour) }, sessionstore.ErrNotFound},
			"Touch of a wreck":   {func() error { return s.Touch(ctx, "wreck", time.Hour) }, sessionstore.ErrCorrupt},
			"Delete":             {func() error { return s.Delete(ctx, "deleted") }, nil},
			"Delete of nothing":  {func() error { return s.Delete(ctx, "none") }, nil},
			"Get of what is new": {func() error { return second(s.Get(ctx, "new")) }, sessionstore.ErrNotFound},
		} {
			wait.Go(func() {
				if err := test.do(); !errors.Is(err, test.want) {
					t.Errorf("%s: got %v, want %v", name, err, test.want)
				}
			})
		}
		waiting(t, s, 6)
		release(func(b *bbolt.Bucket) error { return b.Put(recordKey("", "wreck"), []byte("?")) })
		wait.Wait()
		if got := txid(t, s) - before; got != 2 {
			t.Errorf("got %d commits, want one for all beside the one they waited for", got)
		}
		for id, want := range map[string]error{
			"new": nil, "kept": nil, "deleted": sessionstore.ErrNotFound, "wreck": sessionstore.ErrCorrupt,
		} {
			if _, err := s.Get(ctx, id); !errors.Is(err, want) {
				t.Errorf("Get %s: got %v, want %v", id, err, want)
			}
		}
	})
}

// TestCommitNothing carries out operations that change nothing: they do not
// write to the file.
func TestCommitNothing(t *testing.T) {
	s := openTest(t)
	before := txid(t, s)
	if err := s.Touch(t.Context(), "none", time.Hour); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Touch: got %v, want ErrNotFound", err)
	}
	if err := s.Delete(t.Context(), "none"); err != nil {
		t.Errorf("Delete: %v", err)
	}
	if got := txid(t, s) - before; got != 0 {
		t.Errorf("got %d commits, want none", got)
	}
}

// TestQueuedContext ends contexts while another's transaction holds everything
// up: the calls return at once and have no effect.
func TestQueuedContext(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *Store) {
		set(t, s, "there")
		set(t, s, "expired")
		if err := s.Touch(t.Context(), "expired", time.Nanosecond); err != nil {
			t.Fatal(err)
		}
		release := hold(t, s)
		first := make(chan error, 1)
		go func() { first <- s.Set(t.Context(), "first", nil, time.Hour) }()
		waiting(t, s, 1)
		for name, do := range map[string]func(context.Context) error{
			"Set":            func(ctx context.Context) error { return s.Set(ctx, "new", nil, time.Hour) },
			"Touch":          func(ctx context.Context) error { return s.Touch(ctx, "there", time.Nanosecond) },
			"Delete":         func(ctx context.Context) error { return s.Delete(ctx, "there") },
			"Get of expired": func(ctx context.Context) error { return second(s.Get(ctx, "expired")) },
		} {
			const patience = 20 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			start := time.Now()
			err := do(ctx)
			if took := time.Since(start); took > patience+500*time.Millisecond {
				t.Errorf("%s took %v", name, took)
			}
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
				t.Errorf("%s: got %v, want DeadlineExceeded alone", name, err)
			}
			cancel()
		}
		waiting(t, s, 1)
		release(nil)
		if err := <-first; err != nil {
			t.Errorf("Set: %v", err)
		}
		if _, err := s.Get(t.Context(), "there"); err != nil {
			t.Errorf("Get: got %v, want what was there", err)
		}
		if _, err := s.Get(t.Context(), "new"); !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("Get: got %v, want ErrNotFound", err)
		}
	})
}

// TestFirstContext is the same for a call that finds nobody ahead, on a database
// that others write to.
func TestFirstContext(t *testing.T) {
	s := newTest(t)
	release := hold(t, s)
	defer release(nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Set(ctx, "new", nil, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Set: got %v, want DeadlineExceeded", err)
	}
}

// TestBegunCommit cancels a context while the transaction runs: the outcome is
// waited for, and is the write's.
func TestBegunCommit(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *Store) {
		ctx, cancel := context.WithCancel(t.Context())
		begun, outcome := make(chan bool), make(chan error, 1)
		value := newValue(nil)
		go func() {
			outcome <- s.core.submit(ctx, &op{kind: opWrite, apply: func(t table, now int64) (bool, error) {
				begun <- true
				<-begun
				return true, t.set(recordKey("", "new"), value, deadline(now, time.Hour))
			}})
		}()
		<-begun
		cancel()
		select {
		case err := <-outcome:
			t.Errorf("it returned while it was carried out: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		begun <- true
		if err := <-outcome; err != nil {
			t.Errorf("got %v, want the outcome", err)
		}
		if _, err := s.Get(t.Context(), "new"); err != nil {
			t.Errorf("Get: %v", err)
		}
	})
}

// TestExpiryDuringTouch looks at a session whose deadline passes while the Touch
// that found it alive is on its way to the disk.
func TestExpiryDuringTouch(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *Store) {
		set(t, s, "a")
		if err := s.Touch(t.Context(), "a", 200*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		touched, released := make(chan bool), make(chan bool)
		release := sync.OnceFunc(func() { close(released) })
		defer release()
		touch := make(chan error, 1)
		go func() {
			touch <- s.core.submit(t.Context(), &op{kind: opWrite, apply: func(t table, now int64) (bool, error) {
				key := recordKey("", "a")
				r, err := t.get(key)
				if err != nil || !r.live(now) {
					touched <- false
					return false, err
				}
				err = t.touch(key, r, deadline(now, time.Hour))
				touched <- true
				<-released
				return true, err
			}})
		}()
		if !<-touched {
			t.Skip("too slow: the session was over before the test began")
		}
		time.Sleep(205 * time.Millisecond) // its first deadline passes
		got := make(chan error, 1)
		go func() { got <- second(s.Get(t.Context(), "a")) }()
		waiting(t, s, 1)
		release()
		if err := <-touch; err != nil {
			t.Fatal(err)
		}
		if err := <-got; err != nil {
			t.Errorf("Get: got %v, want the session that never ended", err)
		}
	})
}

// TestUnknownOutcome fails after the commit: the write may be seen, so its error
// must not say that it had no effect.
func TestUnknownOutcome(t *testing.T) {
	s := openTest(t)
	value := newValue(nil)
	write := func(late bool) error {
		return s.core.submit(t.Context(), &op{kind: opWrite, apply: func(t table, now int64) (bool, error) {
			if late {
				t.b.Tx().OnCommit(func() { panic("as if the last sync had failed") })
				return true, t.set(recordKey("", "a"), value, deadline(now, time.Hour))
			}
			return false, errors.New("before the commit")
		}})
	}
	if err := write(false); err == nil || errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("before the commit: got %v, want an error that is certain", err)
	}
	if err := write(true); !errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("after the commit: got %v, want ErrUnknownOutcome", err)
	}
	set(t, s, "b")
	checkSound(t, s)
}

// TestCloseWaits closes a store with writes in its queue: they are carried out.
func TestCloseWaits(t *testing.T) {
	s := newTest(t)
	release := hold(t, s)
	write, closed := make(chan error, 1), make(chan error, 2)
	go func() { write <- s.Set(t.Context(), "a", nil, time.Hour) }()
	waiting(t, s, 1)
	for range 2 {
		go func() { closed <- s.Close() }()
	}
	select {
	case <-closed:
		t.Error("Close returned while a write waited")
	case <-time.After(20 * time.Millisecond):
	}
	release(nil)
	for _, outcome := range []chan error{write, closed, closed} {
		if err := <-outcome; err != nil {
			t.Error(err)
		}
	}
	if err := s.Set(t.Context(), "a", nil, time.Hour); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Set after Close: got %v, want ErrClosed", err)
	}
}

// eachOwner runs a test on a store that opened its database, and on one that was
// given it.
func eachOwner(t *testing.T, test func(t *testing.T, s *Store)) {
	for name, open := range map[string]func(testing.TB) *Store{"Open": openTest, "New": newTest} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			test(t, s)
			if err := s.Delete(t.Context(), "wreck"); err != nil { // the one that is unsound on purpose
				t.Error(err)
			}
			checkSound(t, s)
		})
	}
}

// newTest returns a store, without a sweeper, in a database that it does not
// own.
func newTest(tb testing.TB) *Store {
	tb.Helper()
	db, err := bbolt.Open(filepath.Join(tb.TempDir(), "sessions.db"), 0o600, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	s, err := New(db, Options{SweepInterval: -1})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func set(t *testing.T, s *Store, id string) {
	t.Helper()
	if err := s.Set(t.Context(), id, []byte(id), time.Hour); err != nil {
		t.Fatal(err)
	}
}

// hold begins a write transaction, so that the store's have to wait. What it
// returns ends it, after a change if one is given.
func hold(t *testing.T, s *Store) (release func(change func(*bbolt.Bucket) error)) {
	t.Helper()
	tx, err := s.core.db.Begin(true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() }) // if the test fails before: else Close waits for ever
	return func(change func(*bbolt.Bucket) error) {
		t.Helper()
		if change == nil {
			tx.Rollback()
			return
		}
		if err := errors.Join(change(tx.Bucket(s.core.bucket)), tx.Commit()); err != nil {
			t.Error(err)
		}
	}
}

// waiting waits until n operations are in the queue of s.
func waiting(t *testing.T, s *Store, n int) {
	t.Helper()
	q := &s.core.queue
	for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(time.Millisecond) {
		q.mu.Lock()
		got := q.waiting.Len()
		q.mu.Unlock()
		if got == n {
			return
		}
	}
	t.Fatalf("the queue does not come to %d", n)
}

// txid returns the number of the last commit.
func txid(t *testing.T, s *Store) (id int) {
	t.Helper()
	err := s.core.db.View(func(tx *bbolt.Tx) error {
		id = tx.ID()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
