package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

func replaceOnlyLive(t T, h *Harness) {
	s := h.New(t)
	replace := func(id, data string, ttl time.Duration) error {
		return sessionstore.Replace(within(t, opTimeout), s, id, []byte(data), ttl)
	}
	absent := sessionstore.NewID()
	wantError(t, replace(absent, "x", long), sessionstore.ErrNotFound, "Replace of an absent session")
	wantMiss(t, s, absent, "after a refused Replace")

	longer, shorter := sessionstore.NewID(), sessionstore.NewID()
	mustSet(t, s, longer, []byte("old"), shortTTL(h))
	mustSet(t, s, shorter, []byte("old"), long)
	for id, ttl := range map[string]time.Duration{longer: long, shorter: shortTTL(h)} {
		if err := replace(id, "", ttl); err != nil {
			t.Errorf("Replace of a live session: %v", err)
		}
		wantData(t, s, id, nil, "after a Replace")
	}
	time.Sleep(shortTTL(h) + h.TTLSlack)
	wantData(t, s, longer, nil, "after a longer ttl replaced a shorter one")
	wantMiss(t, s, shorter, "after a shorter ttl replaced a longer one and passed")
	wantError(t, replace(shorter, "x", long), sessionstore.ErrNotFound, "Replace of an expired session that nothing has swept")
	wantMiss(t, s, shorter, "after a Replace of an expired session")
}

func replaceNoRevival(t T, h *Harness) {
	noRevival(t, h, "Replace", func(ctx context.Context, s sessionstore.Store, id string) error {
		return sessionstore.Replace(ctx, s, id, []byte("saved"), long)
	})
}

func swapNoRevival(t T, h *Harness) {
	noRevival(t, h, "Update", func(ctx context.Context, s sessionstore.Store, id string) error {
		return sessionstore.Update(ctx, s, id, long, func(data []byte) ([]byte, error) { return append(data, '+'), nil })
	})
}

// noRevival saves a session again and again while it is deleted.
func noRevival(t T, h *Harness, name string, save func(ctx context.Context, s sessionstore.Store, id string) error) {
	s := h.New(t)
	stores := peers(t, h, s)
	for range 20 {
		id := sessionstore.NewID()
		mustSet(t, s, id, []byte("logged in"), long)
		stop, ctx := make(chan struct{}), within(t, opTimeout)
		var wait sync.WaitGroup
		for i := range 4 {
			wait.Go(func() {
				for !stopped(stop) {
					err := save(ctx, stores[i%len(stores)], id)
					if errors.Is(err, sessionstore.ErrNotFound) {
						return
					}
					if err != nil {
						t.Errorf("%s during a Delete: %v", name, err)
						return
					}
					time.Sleep(time.Microsecond) // a fake clock moves on
				}
			})
		}
		time.Sleep(100 * time.Microsecond) // so that they are at it
		mustDelete(t, s, id)
		wantMiss(t, s, id, "after a Delete, during "+name)
		close(stop)
		wait.Wait()
		wantMiss(t, s, id, "after a Delete, and "+name+" that began before it")
	}
}
