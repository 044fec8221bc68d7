package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

func swapOnlyEqual(t T, h *Harness) {
	s := h.New(t)
	swap := func(id string, old, new []byte, ttl time.Duration) error {
		return sessionstore.CompareAndSwap(within(t, opTimeout), s, id, old, new, ttl)
	}
	id, absent := sessionstore.NewID(), sessionstore.NewID()
	wantError(t, swap(absent, nil, []byte("x"), long), sessionstore.ErrNotFound, "CompareAndSwap of an absent session")
	wantMiss(t, s, absent, "after a CompareAndSwap of an absent session")

	mustSet(t, s, id, []byte("one"), long)
	for _, other := range []string{"", "on", "one ", "One", "two"} {
		wantError(t, swap(id, []byte(other), []byte("x"), long), sessionstore.ErrConflict,
			fmt.Sprintf("CompareAndSwap of %q where the data is %q", other, "one"))
	}
	err := swap(id, make([]byte, h.maxData()+1), []byte("x"), long)
	wantError(t, err, sessionstore.ErrConflict, "CompareAndSwap of more than a session can hold")
	err = swap(id, []byte("one"), make([]byte, h.maxData()+1), long)
	wantError(t, err, sessionstore.ErrTooLarge, "CompareAndSwap to more than a session can hold")
	wantData(t, s, id, []byte("one"), "after refused swaps")

	large := pattern("large", h.maxData())
	last := []byte("one")
	for _, next := range [][]byte{[]byte("two"), []byte("two"), nil, {}, {0}, {0, 0}, large, []byte("end")} {
		if err := swap(id, last, next, long); err != nil {
			t.Errorf("CompareAndSwap of %s, which is there, to %s: %v", brief(last), brief(next), err)
		}
		wantData(t, s, id, next, "after a swap")
		last = next
	}

	longer, shorter, refused := sessionstore.NewID(), sessionstore.NewID(), sessionstore.NewID()
	mustSet(t, s, longer, []byte("old"), shortTTL(h))
	mustSet(t, s, shorter, []byte("old"), long)
	mustSet(t, s, refused, []byte("old"), shortTTL(h))
	if err := errors.Join(swap(longer, []byte("old"), []byte("new"), long), swap(shorter, []byte("old"), []byte("new"), shortTTL(h))); err != nil {
		t.Errorf("CompareAndSwap with another ttl: %v", err)
	}
	wantError(t, swap(refused, []byte("x"), []byte("new"), long), sessionstore.ErrConflict, "CompareAndSwap of other data")
	time.Sleep(shortTTL(h) + h.TTLSlack)
	wantData(t, s, longer, []byte("new"), "after a swap to a longer ttl")
	wantMiss(t, s, shorter, "after a swap to a shorter ttl, which has passed")
	wantMiss(t, s, refused, "after the deadline, which a refused swap must not have moved")
	wantError(t, swap(shorter, []byte("new"), []byte("x"), long), sessionstore.ErrNotFound,
		"CompareAndSwap of an expired session that nothing has swept")
}

// swapAtomic counts with a hundred Updates at once.
func swapAtomic(t T, h *Harness) {
	s := h.New(t)
	stores := peers(t, h, s)
	id := sessionstore.NewID()
	mustSet(t, s, id, []byte("0"), long)
	const updates = 100
	var wait sync.WaitGroup
	for i := range updates {
		wait.Go(func() {
			err := sessionstore.Update(within(t, ruleTimeout/2), stores[i%len(stores)], id, long, func(data []byte) ([]byte, error) {
				n, err := strconv.Atoi(string(data))
				time.Sleep(time.Microsecond) // others may be faster
				return strconv.AppendInt(nil, int64(n+1), 10), err
			})
			if err != nil {
				t.Errorf("Update: %v", err)
			}
		})
	}
	wait.Wait()
	wantData(t, s, id, strconv.AppendInt(nil, updates, 10), "after a hundred Updates that each count one")
}

// swapTouchNeverConflicts swaps while others touch.
func swapTouchNeverConflicts(t T, h *Harness) {
	s := h.New(t)
	id := sessionstore.NewID()
	mustSet(t, s, id, []byte("0"), long)
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for _, store := range peers(t, h, s) {
		wait.Go(func() { use(t, store, id, stop) })
	}
	for i := range 50 {
		old, next := strconv.AppendInt(nil, int64(i), 10), strconv.AppendInt(nil, int64(i+1), 10)
		if err := sessionstore.CompareAndSwap(within(t, opTimeout), s, id, old, next, long); err != nil {
			t.Errorf("CompareAndSwap while others touch: %v", err)
			break
		}
		time.Sleep(10 * time.Microsecond)
	}
	close(stop)
	wait.Wait()
}
