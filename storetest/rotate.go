package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

func rotateMoves(t T, h *Harness) {
	s := h.New(t)
	rotate := func(from, to, old, new string, ttl time.Duration) error {
		return sessionstore.RotateSwap(within(t, opTimeout), s, from, to, []byte(old), []byte(new), ttl)
	}
	a, b, c := sessionstore.NewID(), sessionstore.NewID(), sessionstore.NewID()
	wantError(t, rotate(a, b, "", "x", long), sessionstore.ErrNotFound, "RotateSwap of an absent session")
	wantMiss(t, s, b, "after a RotateSwap of an absent session")

	mustSet(t, s, a, []byte("one"), shortTTL(h))
	wantError(t, rotate(a, b, "two", "x", long), sessionstore.ErrConflict, "RotateSwap of other data")
	wantMiss(t, s, b, "after a RotateSwap of other data")
	wantData(t, s, a, []byte("one"), "after a RotateSwap of other data")
	if err := rotate(a, b, "one", "two", long); err != nil {
		t.Fatalf("RotateSwap: %v", err)
	}
	wantMiss(t, s, a, "the old id after a rotation")
	wantData(t, s, b, []byte("two"), "the new id after a rotation")
	time.Sleep(shortTTL(h) + h.TTLSlack)
	wantData(t, s, b, []byte("two"), "after the deadline that the session had before its rotation")

	mustSet(t, s, c, []byte("other"), long)
	wantError(t, rotate(b, c, "two", "x", long), sessionstore.ErrExists, "RotateSwap to an id that has a session")
	wantData(t, s, b, []byte("two"), "after a RotateSwap to an id that has a session")
	wantData(t, s, c, []byte("other"), "after a RotateSwap to an id that has a session")
	if err := rotate(b, b, "two", "x", long); err == nil {
		t.Errorf("RotateSwap to the same id: got no error")
	}
	wantData(t, s, b, []byte("two"), "after a RotateSwap to the same id")
	for _, ids := range [][2]string{{"bad id", b}, {b, "bad id"}} {
		wantError(t, rotate(ids[0], ids[1], "two", "x", long), sessionstore.ErrInvalidID, "RotateSwap with an invalid id")
	}

	mustDelete(t, s, c)
	if err := sessionstore.Rotate(within(t, opTimeout), s, b, c, shortTTL(h)); err != nil {
		t.Fatalf("Rotate: %v", err)
	}
	wantMiss(t, s, b, "the old id after Rotate")
	wantData(t, s, c, []byte("two"), "the new id after Rotate")
	time.Sleep(shortTTL(h) + h.TTLSlack)
	wantMiss(t, s, c, "after the deadline that Rotate has set")
	wantError(t, rotate(c, b, "two", "x", long), sessionstore.ErrNotFound, "RotateSwap of an expired session")
	empty := sessionstore.NewID()
	mustSet(t, s, empty, nil, long)
	if err := rotate(empty, c, "", "", long); err != nil {
		t.Errorf("RotateSwap, without data, to the id of an expired session: %v", err)
	}
	wantData(t, s, c, nil, "after a RotateSwap without data")
}

// rotateOne lets many rotate one session, each to an id of its own.
func rotateOne(t T, h *Harness) {
	s := h.New(t)
	stores := peers(t, h, s)
	for round := range 15 {
		id := fmt.Sprintf("old.%d", round)
		mustSet(t, s, id, []byte("data"), long)
		const callers = 4
		var wait sync.WaitGroup
		won := make([]bool, callers)
		for i := range callers {
			wait.Go(func() {
				err := sessionstore.RotateSwap(within(t, opTimeout), stores[i%len(stores)], id, fmt.Sprintf("new.%d.%d", round, i),
					[]byte("data"), []byte{byte('0' + i)}, long)
				won[i] = err == nil
				if err != nil && !errors.Is(err, sessionstore.ErrNotFound) && !errors.Is(err, sessionstore.ErrConflict) {
					t.Errorf("RotateSwap beside others: got error %v, want none, ErrNotFound, or ErrConflict", err)
				}
			})
		}
		wait.Wait()
		wantMiss(t, s, id, "the old id after rotations")
		var winners int
		for i, won := range won {
			to := fmt.Sprintf("new.%d.%d", round, i)
			if won {
				winners++
				wantData(t, s, to, []byte{byte('0' + i)}, "the id of the rotation that succeeded")
			} else {
				wantMiss(t, s, to, "the id of a rotation that failed")
			}
		}
		if winners != 1 {
			t.Errorf("%d of %d rotations of one session succeeded, want 1", winners, callers)
			return
		}
	}
}

// rotateKeepsUpdates lets an update, or a logout, fall into a rotation.
func rotateKeepsUpdates(t T, h *Harness) {
	s := h.New(t)
	stores := peers(t, h, s)
	other := stores[len(stores)-1]
	for round := range 20 {
		from, to := fmt.Sprintf("update.%d", round), fmt.Sprintf("updated.%d", round)
		rotated, updated := rotateBeside(t, s, from, to, round, func() error {
			return sessionstore.Update(within(t, opTimeout), other, from, long, func(data []byte) ([]byte, error) {
				return append(data, '+'), nil
			})
		})
		if rotated != nil {
			t.Errorf("Rotate beside an Update: %v", rotated)
		}
		if updated != nil && !errors.Is(updated, sessionstore.ErrNotFound) {
			t.Errorf("Update beside a Rotate: %v", updated)
		}
		wantMiss(t, s, from, "the old id after a rotation beside an Update")
		got, err := s.Get(within(t, opTimeout), to)
		if want := updated == nil; err != nil || bytes.HasSuffix(got, []byte("+")) != want {
			t.Errorf("after a rotation beside an Update (error %v): got %s, %v: the update is lost, or one that failed is there",
				updated, brief(got), err)
		}

		from, to = fmt.Sprintf("logout.%d", round), fmt.Sprintf("logged-out.%d", round)
		rotated, deleted := rotateBeside(t, s, from, to, round, func() error { return other.Delete(within(t, opTimeout), from) })
		if deleted != nil {
			t.Errorf("Delete beside a Rotate: %v", deleted)
		}
		wantMiss(t, s, from, "the old id after a rotation beside a Delete")
		switch {
		case errors.Is(rotated, sessionstore.ErrNotFound):
			wantMiss(t, s, to, "the new id after a rotation that came too late for a Delete")
		case rotated == nil:
			wantData(t, s, to, []byte("data"), "the new id after a rotation that was before a Delete")
		default:
			t.Errorf("Rotate beside a Delete: %v", rotated)
		}
	}
}

// rotateBeside rotates a new session while f runs.
func rotateBeside(t T, s sessionstore.Store, from, to string, round int, f func() error) (rotated, err error) {
	mustSet(t, s, from, []byte("data"), long)
	var wait sync.WaitGroup
	wait.Go(func() { rotated = sessionstore.Rotate(within(t, opTimeout), s, from, to, long) })
	wait.Go(func() {
		time.Sleep(time.Duration(round) * 20 * time.Microsecond)
		err = f()
	})
	wait.Wait()
	return rotated, err
}

func getAndTouchSlides(t T, h *Harness) {
	s := h.New(t)
	slide := func(id string, ttl time.Duration) ([]byte, error) {
		return sessionstore.GetAndTouch(within(t, opTimeout), s, id, ttl)
	}
	longer, shorter, empty, expired := sessionstore.NewID(), sessionstore.NewID(), sessionstore.NewID(), sessionstore.NewID()
	mustSet(t, s, longer, []byte("longer"), shortTTL(h))
	mustSet(t, s, shorter, []byte("shorter"), long)
	mustSet(t, s, empty, nil, long)
	mustSet(t, s, expired, []byte("expired"), shortTTL(h))
	for id, c := range map[string]struct {
		data string
		ttl  time.Duration
	}{longer: {"longer", long}, shorter: {"shorter", shortTTL(h)}, empty: {"", long}} {
		got, err := slide(id, c.ttl)
		if err != nil || string(got) != c.data || got == nil {
			t.Errorf("GetAndTouch: got %s (nil: %v), %v, want %q", brief(got), got == nil, err, c.data)
		}
		clear(got)
		wantData(t, s, id, []byte(c.data), "after a GetAndTouch, and the caller's writing into what it returned")
	}
	time.Sleep(shortTTL(h) + h.TTLSlack)
	wantData(t, s, longer, []byte("longer"), "after the first deadline, which GetAndTouch had moved away")
	wantMiss(t, s, shorter, "after the deadline to which GetAndTouch had moved")
	for name, id := range map[string]string{"absent": sessionstore.NewID(), "expired": expired} {
		got, err := slide(id, long)
		if !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("GetAndTouch of a session that is %s: got %s, %v, want ErrNotFound", name, brief(got), err)
		}
		wantMiss(t, s, id, "after a GetAndTouch of a session that is "+name)
	}
	for _, ttl := range []time.Duration{0, -1, sessionstore.MaxTTL + 1} {
		_, err := slide(longer, ttl)
		wantError(t, err, sessionstore.ErrInvalidTTL, fmt.Sprintf("GetAndTouch with ttl %d", ttl))
	}
}
