package postgres

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestRotateOntoLive: both sessions are live, and stay as they are; in both
// directions at once they do not deadlock.
func TestRotateOntoLive(t *testing.T) {
	levels(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		if err := errors.Join(s.Set(ctx, "a", []byte("x"), time.Hour), s.Set(ctx, "b", []byte("y"), time.Hour)); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		var wait sync.WaitGroup
		for _, c := range [][3]string{{"a", "b", "x"}, {"b", "a", "y"}} {
			for range 3 {
				wait.Go(func() {
					for range 20 {
						if err := s.RotateSwap(ctx, c[0], c[1], []byte(c[2]), nil, time.Hour); !errors.Is(err, sessionstore.ErrExists) {
							t.Errorf("%s to %s: got error %v, want ErrExists", c[0], c[1], err)
						}
					}
				})
			}
		}
		wait.Wait()
		t.Logf("120 refused rotations took %v", time.Since(begin))
		for id, want := range map[string]string{"a": "x", "b": "y"} {
			if got, err := s.Get(ctx, id); string(got) != want {
				t.Errorf("%s: got %q and error %v, want %q", id, got, err, want)
			}
		}
	})
}

// TestRotateDeadlock: the server finds a deadlock between a rotation and a
// foreign transaction, and undoes the rotation, which is then tried again.
func TestRotateDeadlock(t *testing.T) {
	server := testserver.Postgres(t)
	rawURL := with(t, server.URL(), "deadlock_timeout", "500ms")
	s := opened(t, rawURL, Options{Table: newTable(t, rawURL)})
	ctx := t.Context()
	if err := errors.Join(s.Set(ctx, "a", []byte("x"), time.Hour), s.Set(ctx, "b", nil, time.Hour), s.Touch(ctx, "b", time.Microsecond)); err != nil {
		t.Fatal(err)
	}
	conn := connected(t, with(t, server.URL(), "deadlock_timeout", "10min")) // the other one is to be undone
	defer conn.Close(context.Background())
	if _, err := conn.Exec(ctx, s.names.sql(`BEGIN; UPDATE "sessions" SET data = 'seen' WHERE id = 'b'`)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.RotateSwap(ctx, "a", "b", []byte("x"), []byte("y"), time.Hour) }()
	awaitLock(t, s) // it has locked a and waits for b
	if _, err := conn.Exec(ctx, s.names.sql(`UPDATE "sessions" SET expires_at = expires_at + interval '1 h' WHERE id = 'a'; COMMIT`)); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("%v", err)
	}
	if _, err := s.Get(ctx, "a"); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("the old id: got error %v, want ErrNotFound", err)
	}
	if got, err := s.Get(ctx, "b"); string(got) != "y" {
		t.Errorf("the new id: got %q and error %v, want y", got, err)
	}
}

// TestSettle: what found nothing and has nothing in its way is tried again, as
// long as the context lasts.
func TestSettle(t *testing.T) {
	tries := 0
	err := settle(t.Context(), func() (int64, error) {
		if tries++; tries < 3 {
			return 0, nil
		}
		return 1, nil
	}, func() error { return nil })
	if err != nil || tries != 3 {
		t.Errorf("got error %v after %d tries, want none after 3", err, tries)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err = settle(ctx, func() (int64, error) { return 0, nil }, func() error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("got error %v, want context.DeadlineExceeded and a known outcome", err)
	}
}
