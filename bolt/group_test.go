package bolt

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

// TestGroupDecides queues operations that contradict each other behind a
// transaction: one commit carries them out, each decides on what those before it
// have left, and those that are refused undo nothing.
func TestGroupDecides(t *testing.T) {
	const (
		exists   = "exists"
		conflict = "conflict"
		notFound = "not found"
		corrupt  = "corrupt"
	)
	outcomes := map[string]error{
		"": nil, exists: sessionstore.ErrExists, conflict: sessionstore.ErrConflict,
		notFound: sessionstore.ErrNotFound, corrupt: sessionstore.ErrCorrupt,
	}
	steps := []struct{ do, want string }{
		{"create a x", exists},
		{"swap a 1 2", ""},
		{"swap a 1 3", conflict},
		{"swap a 2 4", ""},
		{"delete a", ""},
		{"swap a 4 5", notFound},
		{"replace a 5", notFound},
		{"slide a", notFound},
		{"create a 6", ""},
		{"create a x", exists},
		{"rotate a b 6 7", ""},
		{"rotate a c 6 x", notFound},
		{"rotate b c 6 x", conflict},
		{"replace b 8", ""},
		{"slide b", ""},
		{"rotate b b 8 x", exists},
		{"create a 9", ""},
		{"rotate b a 8 x", exists},
		{"create over 1", ""},
		{"rotate over over2 1 2", ""},
		{"rotate a over 9 10", ""},
		{"create wreck x", corrupt},
		{"replace wreck x", corrupt},
		{"swap wreck ? x", corrupt},
		{"slide wreck", corrupt},
		{"rotate wreck c ? x", corrupt},
		{"rotate b wreck 8 x", corrupt},
	}
	eachOwner(t, func(t *testing.T, s *Store) {
		if err := errors.Join(
			s.Set(t.Context(), "a", []byte("1"), time.Hour), s.Set(t.Context(), "over", nil, 1),
			s.Set(t.Context(), "over2", nil, 1),
		); err != nil {
			t.Fatal(err)
		}
		before, release := txid(t, s), hold(t, s)
		var wait sync.WaitGroup
		for i, step := range steps {
			wait.Go(func() {
				if err := do(t, s, step.do); !errors.Is(err, outcomes[step.want]) {
					t.Errorf("%s: got %v, want %q", step.do, err, step.want)
				}
			})
			waiting(t, s, i+1)
		}
		release(func(b *bbolt.Bucket) error { return b.Put(recordKey("", "wreck"), []byte("?")) })
		wait.Wait()
		if got := txid(t, s) - before; got != 2 {
			t.Errorf("got %d commits, want one for all beside the one they waited for", got)
		}
		want := "b=8 over=10 over2=2 wreck=!"
		if got := contents(t, s); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// do carries out an operation by its text.
func do(t *testing.T, s *Store, text string) error {
	t.Helper()
	arg, ctx := strings.Fields(text), t.Context()
	data := func(i int) []byte { return []byte(arg[i]) }
	switch arg[0] {
	case "create":
		return s.Create(ctx, arg[1], data(2), time.Hour)
	case "replace":
		return s.Replace(ctx, arg[1], data(2), time.Hour)
	case "swap":
		return s.CompareAndSwap(ctx, arg[1], data(2), data(3), time.Hour)
	case "rotate":
		return s.RotateSwap(ctx, arg[1], arg[2], data(3), data(4), time.Hour)
	case "slide":
		return second(s.GetAndTouch(ctx, arg[1], time.Hour))
	case "delete":
		return s.Delete(ctx, arg[1])
	}
	return fmt.Errorf("no operation %q", text)
}

// contents returns what All lists, ! for what cannot be read.
func contents(t *testing.T, s *Store) string {
	t.Helper()
	var all []string
	for session, err := range s.All(t.Context()) {
		switch {
		case errors.Is(err, sessionstore.ErrCorrupt):
			all = append(all, session.ID+"=!")
		case err != nil:
			t.Error(err)
		default:
			all = append(all, session.ID+"="+string(session.Data))
		}
	}
	return strings.Join(all, " ")
}

// TestMovingCounters lets two stores on one file, and a namespace beside them,
// rotate and count sessions, list and purge, all at once. Whatever happens, as
// many sessions are left as there were, and they have counted what succeeded.
func TestMovingCounters(t *testing.T) {
	const sessions, places, rounds = 5, 12, 60
	s := newTest(t)
	stores := []*Store{s, beside(t, s, defaultBucket)}
	for i := range sessions {
		if err := s.Set(t.Context(), place(i), []byte("0"), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	var counted, moved atomic.Int64
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			s := stores[i%len(stores)]
			for range rounds {
				counts, moves := countOrMove(t, s, place(rand.IntN(places)), place(rand.IntN(places)))
				counted.Add(counts)
				moved.Add(moves)
			}
		})
	}
	wait.Go(func() {
		n := namespace(t, s, "beside")
		for i := range rounds {
			if err := errors.Join(n.Set(t.Context(), place(i%places), nil, 1), second(s.DeleteExpired(t.Context()))); err != nil {
				t.Error(err)
			}
			for _, err := range s.All(t.Context()) {
				if err != nil {
					t.Errorf("All: %v", err)
				}
			}
		}
	})
	wait.Wait()
	var left, sum int64
	for session := range s.All(t.Context()) {
		n, _ := strconv.ParseInt(string(session.Data), 10, 64)
		left, sum = left+1, sum+n
	}
	if left != sessions || sum != counted.Load() || sum == 0 || moved.Load() == 0 {
		t.Errorf("got %d sessions that counted %d, want %d and %d; %d moved", left, sum, sessions, counted.Load(), moved.Load())
	}
	checkSound(t, s)
}

func place(i int) string { return fmt.Sprintf("place-%d", i) }

// countOrMove counts in the session at one place, or moves it to another.
func countOrMove(t *testing.T, s *Store, from, to string) (counted, moved int64) {
	ctx := t.Context()
	data, err := s.GetAndTouch(ctx, from, time.Hour)
	if err == nil {
		n, _ := strconv.Atoi(string(data))
		if next := []byte(strconv.Itoa(n + 1)); rand.IntN(2) == 0 {
			if err = s.CompareAndSwap(ctx, from, data, next, time.Hour); err == nil {
				counted++
			}
		} else if err = s.RotateSwap(ctx, from, to, data, data, time.Hour); err == nil {
			moved++
		}
	}
	if err != nil && !isOutcome(err) || errors.Is(err, sessionstore.ErrCorrupt) {
		t.Error(err)
	}
	return counted, moved
}

// TestGetAndTouchOwned writes into what GetAndTouch returned, which was the
// transaction's until then.
func TestGetAndTouchOwned(t *testing.T) {
	s := openTest(t)
	set(t, s, "a")
	for range 3 {
		data, err := s.GetAndTouch(t.Context(), "a", time.Hour)
		if err != nil || string(data) != "a" {
			t.Fatalf("GetAndTouch: got %q, %v", data, err)
		}
		data[0] = '!'
		_ = append(data, "more"...)
	}
	if got := contents(t, s); got != "a=a" {
		t.Errorf("got %s, want what was stored", got)
	}
}
