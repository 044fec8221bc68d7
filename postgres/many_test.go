package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// levels runs f on a new store for each isolation level that may be a
// database's default.
func levels(t *testing.T, f func(t *testing.T, s *Store)) {
	server := testserver.Postgres(t)
	for _, level := range []string{"read committed", "repeatable read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			rawURL := with(t, server.URL(), "default_transaction_isolation", level)
			f(t, opened(t, rawURL, Options{Table: newTable(t, rawURL), MaxConns: 8}))
		})
	}
}

// TestManyCreates: of a hundred, one succeeds, also over a row that has
// expired, and over one that a sweep is about to remove.
func TestManyCreates(t *testing.T) {
	levels(t, func(t *testing.T, s *Store) {
		fill(t, s, "id", 2, "-1 s", "-1 s")
		for _, id := range []string{"absent", "id1", "id2"} {
			var won atomic.Int32
			var wait sync.WaitGroup
			for i := range 100 {
				wait.Go(func() {
					err := s.Create(t.Context(), id, []byte(strconv.Itoa(i)), time.Hour)
					if err == nil {
						won.Add(1)
					} else if !errors.Is(err, sessionstore.ErrExists) {
						t.Errorf("%v", err)
					}
				})
			}
			if id == "id2" {
				wait.Go(func() {
					if _, err := s.DeleteExpired(t.Context()); err != nil {
						t.Errorf("%v", err)
					}
				})
			}
			wait.Wait()
			if won.Load() != 1 {
				t.Errorf("%s: %d Creates succeeded, want 1", id, won.Load())
			}
			if _, err := s.Get(t.Context(), id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
	})
}

// TestManyUpdates: a hundred count up in one session, while it is touched.
func TestManyUpdates(t *testing.T) {
	levels(t, func(t *testing.T, s *Store) {
		if err := s.Create(t.Context(), "counter", []byte("0"), time.Hour); err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		var touches, updates sync.WaitGroup
		touches.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := s.Touch(t.Context(), "counter", time.Hour); err != nil {
					t.Errorf("Touch: %v", err)
				}
				time.Sleep(time.Millisecond)
			}
		})
		const n = 100
		for range n {
			updates.Go(func() {
				err := sessionstore.Update(t.Context(), s, "counter", time.Hour, func(data []byte) ([]byte, error) {
					i, err := strconv.Atoi(string(data))
					return []byte(strconv.Itoa(i + 1)), err
				})
				if err != nil {
					t.Errorf("Update: %v", err)
				}
			})
		}
		updates.Wait()
		close(stop)
		touches.Wait()
		if got, err := s.Get(t.Context(), "counter"); string(got) != strconv.Itoa(n) {
			t.Errorf("got %q and error %v, want %d", got, err, n)
		}
	})
}

// TestTouchesNeverConflict: a swap fails for other data only.
func TestTouchesNeverConflict(t *testing.T) {
	levels(t, func(t *testing.T, s *Store) {
		if err := s.Set(t.Context(), "a", []byte("0"), time.Hour); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wait sync.WaitGroup
		for range 3 {
			wait.Go(func() {
				for ctx.Err() == nil {
					if err := s.Touch(ctx, "a", time.Hour); err != nil && ctx.Err() == nil {
						t.Errorf("Touch: %v", err)
					}
				}
			})
		}
		for i := range 100 {
			if err := s.CompareAndSwap(t.Context(), "a", []byte(strconv.Itoa(i)), []byte(strconv.Itoa(i+1)), time.Hour); err != nil {
				t.Errorf("swap %d: %v", i, err)
				break
			}
		}
		cancel()
		wait.Wait()
	})
}

// TestManyRotations: of ten rotations of one session, one succeeds.
func TestManyRotations(t *testing.T) {
	levels(t, func(t *testing.T, s *Store) {
		for round := range 5 {
			from := fmt.Sprintf("from.%d", round)
			if err := s.Set(t.Context(), from, []byte("x"), time.Hour); err != nil {
				t.Fatal(err)
			}
			var won atomic.Int32
			var wait sync.WaitGroup
			for i := range 10 {
				wait.Go(func() {
					err := sessionstore.Rotate(t.Context(), s, from, fmt.Sprintf("to.%d.%d", round, i), time.Hour)
					if err == nil {
						won.Add(1)
					} else if !errors.Is(err, sessionstore.ErrNotFound) {
						t.Errorf("%v", err)
					}
				})
			}
			wait.Wait()
			if got := rows(t, s, fmt.Sprintf("id = 'from.%[1]d' OR id LIKE 'to.%[1]d.%%'", round)); won.Load() != 1 || got != 1 {
				t.Errorf("%d rotations succeeded and left %d rows, want 1 and 1", won.Load(), got)
			}
		}
	})
}

// TestOppositeRotations exchange two ids for ever: sessions neither appear nor
// vanish, and the time says that none waits for a deadlock to be found.
func TestOppositeRotations(t *testing.T) {
	levels(t, func(t *testing.T, s *Store) {
		if err := s.Set(t.Context(), "a", []byte("x"), time.Hour); err != nil {
			t.Fatal(err)
		}
		var won [2]int
		var wait sync.WaitGroup
		for i, ids := range [][2]string{{"a", "b"}, {"b", "a"}} {
			wait.Go(func() {
				for range 200 {
					err := s.RotateSwap(t.Context(), ids[0], ids[1], []byte("x"), []byte("x"), time.Hour)
					if err == nil {
						won[i]++
					} else if !errors.Is(err, sessionstore.ErrNotFound) {
						t.Errorf("%v", err)
					}
				}
			})
		}
		wait.Wait()
		if forth := won[0] - won[1]; forth < 0 || forth > 1 || rows(t, s, "true") != 1 {
			t.Errorf("%d rotations forth and %d back left %d rows, want 1", won[0], won[1], rows(t, s, "true"))
		}
	})
}
