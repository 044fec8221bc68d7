package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

func clearOnlyOwn(t T, h *Harness) {
	s := h.New(t)
	var neighbours []sessionstore.Store
	if h.Neighbours != nil {
		neighbours = h.Neighbours(t, s)
	}
	for _, other := range neighbours {
		mustSet(t, other, "near", listed("near"), long)
	}
	const sessions = 130
	fill := func() {
		for i := range sessions {
			mustSet(t, s, fmt.Sprintf("s.%d", i), []byte("x"), long)
		}
		mustSet(t, s, "expired", []byte("x"), 1)
	}
	fill()
	inner := namespaces(t, s)
	if len(inner) > 0 {
		if err := sessionstore.Clear(within(t, opTimeout), inner[0]); err != nil {
			t.Errorf("Clear of a namespace: %v", err)
		}
		wantMiss(t, inner[0], "inner", "after a Clear of the namespace")
		wantMiss(t, inner[1], "inner", "a namespace in it, after a Clear of the namespace")
		wantData(t, inner[2], "inner", []byte("inner"), "another namespace after a Clear of the first")
		wantData(t, s, "s.0", []byte("x"), "after a Clear of a namespace")
	}
	inner = namespaces(t, s)
	if err := sessionstore.Clear(within(t, opTimeout), s); err != nil {
		t.Fatalf("Clear: %v", err)
	}
	for i := range sessions {
		wantMiss(t, s, fmt.Sprintf("s.%d", i), "after Clear")
	}
	for _, n := range inner {
		wantMiss(t, n, "inner", "a record of a namespace after Clear")
	}
	for i, other := range neighbours {
		wantData(t, other, "near", listed("near"), fmt.Sprintf("neighbour %d after Clear", i))
	}
	fill()
	wantData(t, s, "s.0", []byte("x"), "after a Clear and a Set")
	if err := sessionstore.Clear(within(t, opTimeout), s); err != nil {
		t.Errorf("Clear again: %v", err)
	}
	if err := sessionstore.Clear(within(t, opTimeout), s); err != nil {
		t.Errorf("Clear of an empty store: %v", err)
	}
}

// namespaces returns a namespace of s, one in it, and another with a name near
// to the first, a record in each. There are none where s has none.
func namespaces(t T, s sessionstore.Store) []sessionstore.Store {
	t.Helper()
	a, err := sessionstore.Namespace(s, "a")
	if isUnsupported(err) {
		return nil
	}
	b, berr := sessionstore.Namespace(a, "b")
	c, cerr := sessionstore.Namespace(s, "ab")
	if err := errors.Join(err, berr, cerr); err != nil {
		t.Fatalf("Namespace: %v", err)
	}
	all := []sessionstore.Store{a, b, c}
	for _, n := range all {
		mustSet(t, n, "inner", []byte("inner"), long)
	}
	return all
}

// purgeOnlyExpired purges what has expired, and then races with renewals at
// the deadline.
func purgeOnlyExpired(t T, h *Harness) {
	s := h.New(t)
	const expired = 120
	for i := range expired {
		mustSet(t, s, fmt.Sprintf("expired.%d", i), []byte("x"), shortTTL(h))
		mustSet(t, s, fmt.Sprintf("live.%d", i), []byte("x"), long)
	}
	mustSet(t, s, "touched", []byte("x"), shortTTL(h))
	mustTouch(t, s, "touched", long)
	mustSet(t, s, "set", []byte("x"), shortTTL(h))
	mustSet(t, s, "set", []byte("y"), long)
	time.Sleep(shortTTL(h) + h.TTLSlack)
	n, err := sessionstore.DeleteExpired(within(t, opTimeout), s)
	if err != nil || n != expired {
		t.Errorf("DeleteExpired: got %d, %v, want %d", n, err, expired)
	}
	if n, err := sessionstore.DeleteExpired(within(t, opTimeout), s); err != nil || n != 0 {
		t.Errorf("DeleteExpired again: got %d, %v, want 0", n, err)
	}
	for i := range expired {
		wantData(t, s, fmt.Sprintf("live.%d", i), []byte("x"), "a live session after DeleteExpired")
	}
	wantData(t, s, "touched", []byte("x"), "a session that was touched, after DeleteExpired")
	wantData(t, s, "set", []byte("y"), "a session that was set again, after DeleteExpired")
	purgeBesideRenewals(t, h, s)
}

func purgeBesideRenewals(t T, h *Harness, s sessionstore.Store) {
	t.Helper()
	stop := make(chan struct{})
	var purging, renewing sync.WaitGroup
	purging.Go(func() {
		ctx := within(t, ruleTimeout)
		for !stopped(stop) {
			if _, err := sessionstore.DeleteExpired(ctx, s); err != nil {
				t.Errorf("DeleteExpired: %v", err)
				return
			}
			time.Sleep(300 * time.Microsecond)
		}
	})
	for i := range 20 {
		renewing.Go(func() {
			id := fmt.Sprintf("renewed.%d", i)
			if err := s.Set(within(t, opTimeout), id, []byte("x"), shortTTL(h)); err != nil {
				t.Errorf("Set: %v", err)
				return
			}
			time.Sleep(shortTTL(h) - time.Duration(rand.IntN(2000))*time.Microsecond)
			err := s.Touch(within(t, opTimeout), id, long)
			if errors.Is(err, sessionstore.ErrNotFound) {
				return // too late
			}
			if err != nil {
				t.Errorf("Touch beside DeleteExpired: %v", err)
				return
			}
			time.Sleep(time.Millisecond)
			wantData(t, s, id, []byte("x"), "a session that was renewed beside DeleteExpired")
		})
	}
	renewing.Wait()
	close(stop)
	purging.Wait()
}

func namespaceDisjoint(t T, h *Harness) {
	s := h.New(t)
	all := append(namespaces(t, s), s)
	for i, n := range all {
		mustSet(t, n, "id", []byte{byte(i)}, long)
	}
	for i, n := range all {
		wantData(t, n, "id", []byte{byte(i)}, "one id in several namespaces")
	}
	for _, id := range []string{"a", "a.id", "a-id", "b", "ab", "inner"} {
		wantMiss(t, s, id, "an id of the parent, beside records of a namespace")
	}
	mustDelete(t, all[0], "id")
	for i, n := range all[1:] {
		wantData(t, n, "id", []byte{byte(i + 1)}, "after a Delete of the same id in another namespace")
	}
	again, err := sessionstore.Namespace(s, "a")
	if err != nil {
		t.Fatalf("Namespace: %v", err)
	}
	wantData(t, again, "inner", []byte("inner"), "the same namespace again")
	if err := sessionstore.Close(again); err != nil && !isUnsupported(err) {
		t.Errorf("Close of a namespace: %v", err)
	}
	wantData(t, s, "id", []byte{byte(len(all) - 1)}, "after Close of a namespace")
	for _, store := range peers(t, h, s) {
		n, err := sessionstore.Namespace(store, "a")
		if err != nil {
			t.Fatalf("Namespace: %v", err)
		}
		wantData(t, n, "inner", []byte("inner"), "a namespace at another Store")
	}
	namespaceNames(t, s)
}

func namespaceNames(t T, s sessionstore.Store) {
	t.Helper()
	longest := strings.Repeat("n", sessionstore.MaxNamespaceBytes)
	for _, name := range []string{"", "a b", "a:b", "a/b", "#a", "a\n", longest + "n"} {
		if _, err := sessionstore.Namespace(s, name); !errors.Is(err, sessionstore.ErrInvalidID) {
			t.Errorf("Namespace with the name %q: got error %v, want ErrInvalidID", name, err)
		}
	}
	n, err := sessionstore.Namespace(s, longest)
	if err != nil {
		t.Fatalf("Namespace with the longest name: %v", err)
	}
	if _, err := sessionstore.Namespace(n, "a"); !errors.Is(err, sessionstore.ErrInvalidID) {
		t.Errorf("Namespace in one with the longest name: got error %v, want ErrInvalidID", err)
	}
	id := strings.Repeat("i", sessionstore.MaxIDBytes)
	mustSet(t, n, id, []byte("longest"), long)
	wantData(t, n, id, []byte("longest"), "the longest id in the namespace with the longest name")
	if sessionstore.Close(s) == nil {
		_, err := n.Get(within(t, opTimeout), id)
		wantError(t, err, sessionstore.ErrClosed, "Get in a namespace after Close of its parent")
	}
}
