package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coatcheck/sessionstore"
)

func createOnlyAbsent(t T, h *Harness) {
	s := h.New(t)
	create := func(id, data string, ttl time.Duration) error {
		return sessionstore.Create(within(t, opTimeout), s, id, []byte(data), ttl)
	}
	id := sessionstore.NewID()
	if err := create(id, "first", long); err != nil {
		t.Fatalf("Create of an absent session: %v", err)
	}
	wantError(t, create(id, "second", long), sessionstore.ErrExists, "Create over a live session")
	wantData(t, s, id, []byte("first"), "after a refused Create")
	mustDelete(t, s, id)
	if err := create(id, "again", long); err != nil {
		t.Errorf("Create after a Delete: %v", err)
	}

	short, refused := sessionstore.NewID(), sessionstore.NewID()
	if err := create(short, "short", shortTTL(h)); err != nil {
		t.Fatalf("Create: %v", err)
	}
	mustSet(t, s, refused, []byte("short"), shortTTL(h))
	wantError(t, create(refused, "long", long), sessionstore.ErrExists, "Create over a live session")
	time.Sleep(shortTTL(h) + h.TTLSlack)
	wantMiss(t, s, refused, "after the deadline, which a refused Create must not have moved")
	if err := create(short, "", long); err != nil {
		t.Errorf("Create over an expired session that nothing has swept: %v", err)
	}
	wantData(t, s, short, nil, "after a Create over an expired session")
}

// createAtomic lets many create one session, and one come through.
func createAtomic(t T, h *Harness) {
	stores := peers(t, h, h.New(t))
	for range 10 {
		id := sessionstore.NewID()
		var won atomic.Int64
		var winner atomic.Value
		var wait sync.WaitGroup
		for i := range 8 {
			wait.Go(func() {
				data := pattern(string(rune('a'+i)), 100)
				err := sessionstore.Create(within(t, opTimeout), stores[i%len(stores)], id, data, long)
				switch {
				case err == nil:
					won.Add(1)
					winner.Store(data)
				case !errors.Is(err, sessionstore.ErrExists):
					t.Errorf("Create beside others: got error %v, want none or ErrExists", err)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 {
			t.Errorf("%d of 8 Creates of one session succeeded, want 1", won.Load())
			return
		}
		wantData(t, stores[0], id, winner.Load().([]byte), "after the only Create that succeeded")
	}
}

// peers returns s, and another Store on its data where the harness has one.
func peers(t T, h *Harness, s sessionstore.Store) []sessionstore.Store {
	if h.Peer == nil {
		return []sessionstore.Store{s}
	}
	return []sessionstore.Store{s, h.Peer(t, s)}
}
