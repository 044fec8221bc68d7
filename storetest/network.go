package storetest

import (
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/relay"
)

// relayed returns a new, empty store that reaches its server through a relay.
func relayed(t T, h *Harness) (sessionstore.Store, *relay.Relay) {
	t.Helper()
	_, via, r := relayedAndDirect(t, h)
	return via, r
}

// relayedAndDirect returns two Stores on the same data, the second through a
// relay.
func relayedAndDirect(t T, h *Harness) (direct, via sessionstore.Store, r *relay.Relay) {
	t.Helper()
	r, err := relay.New(h.Addr)
	if err != nil {
		t.Fatalf("starting a relay to Harness.Addr %q: %v", h.Addr, err)
	}
	direct = h.New(t)
	t.Cleanup(r.Close)
	return direct, h.Via(t, direct, r.Addr()), r
}

// warm runs each operation once, so that what follows meets an open connection
// and prepared statements. It is patient: the connection may just have been
// cut.
func warm(t T, s sessionstore.Store) {
	t.Helper()
	var err error
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(10 * time.Millisecond) {
		if err = useAll(t, s); err == nil {
			return
		}
	}
	t.Fatalf("the store does not work %v after its server came back: %v", patience, err)
}

// useAll runs each operation once, each on a session of its own.
func useAll(t T, s sessionstore.Store) error {
	for _, op := range supported(t, s) {
		id := sessionstore.NewID()
		if !op.fresh {
			if err := s.Set(within(t, opTimeout), id, before, long); err != nil {
				return err
			}
		}
		if err := op.call(within(t, opTimeout), s, id); err != nil {
			return err
		}
		for _, id := range []string{id, successor(id)} {
			if err := s.Delete(within(t, opTimeout), id); err != nil {
				return err
			}
		}
	}
	return nil
}
