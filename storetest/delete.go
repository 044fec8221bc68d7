package storetest

import (
	"errors"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

func deleteIdempotent(t T, h *Harness) {
	s := h.New(t)
	mustDelete(t, s, sessionstore.NewID())
	id := sessionstore.NewID()
	mustSet(t, s, id, []byte("x"), long)
	mustDelete(t, s, id)
	mustDelete(t, s, id)
	wantMiss(t, s, id, "after two Deletes")
}

// deleteGone deletes sessions while others read and touch them.
func deleteGone(t T, h *Harness) {
	s := h.New(t)
	peer := s
	if h.Peer != nil {
		peer = h.Peer(t, s)
	}
	kept := sessionstore.NewID()
	mustSet(t, s, kept, []byte("kept"), long)
	for range 20 {
		id := sessionstore.NewID()
		mustSet(t, s, id, []byte("logged in"), long)
		stop := make(chan struct{})
		var wait sync.WaitGroup
		for _, user := range []sessionstore.Store{s, peer} {
			wait.Go(func() { use(t, user, id, stop) })
		}
		time.Sleep(100 * time.Microsecond) // so that the users are at it
		mustDelete(t, s, id)
		wantMiss(t, s, id, "after a Delete, during Gets and Touches")
		wantMiss(t, peer, id, "after a Delete, at another Store")
		close(stop)
		wait.Wait()
		wantMiss(t, s, id, "after a Delete, and Gets and Touches that began before it")
		err := peer.Touch(within(t, opTimeout), id, long)
		wantError(t, err, sessionstore.ErrNotFound, "Touch after a Delete")
	}
	wantData(t, peer, kept, []byte("kept"), "a neighbour of deleted sessions")
}

// use reads and touches a session until stop is closed.
func use(t T, s sessionstore.Store, id string, stop <-chan struct{}) {
	ctx := within(t, ruleTimeout)
	for !stopped(stop) {
		if _, err := s.Get(ctx, id); err != nil && !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("Get during a Delete: %v", err)
			return
		}
		if err := s.Touch(ctx, id, long); err != nil && !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("Touch during a Delete: %v", err)
			return
		}
		time.Sleep(time.Microsecond) // a fake clock moves on
	}
}
