package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// noData is the one session that has none.
const noData = "empty"

// listed is the data of a session in a list: it tells the id, since a handle
// does not.
func listed(id string) []byte {
	if id == noData {
		return nil
	}
	return []byte("session " + id)
}

// listAll lists while sessions come and go.
func listAll(t T, h *Harness) {
	s := h.New(t)
	const stable = 230
	want := make(map[string]time.Time)
	for i := range stable {
		id, ttl := fmt.Sprintf("stable.%d", i), long+time.Duration(i)*time.Minute
		mustSet(t, s, id, listed(id), ttl)
		want[string(listed(id))] = time.Now().Add(ttl)
	}
	mustSet(t, s, "expired", listed("expired"), shortTTL(h))
	mustSet(t, s, "deleted", listed("deleted"), long)
	mustDelete(t, s, "deleted")
	mustSet(t, s, noData, listed(noData), long)
	hidden := near(t, h, s)
	time.Sleep(shortTTL(h) + h.TTLSlack)

	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() { churn(t, s, stop) })
	checkListed(t, h, s, want)
	close(stop)
	wait.Wait()
	for _, other := range hidden {
		wantData(t, other, "near", listed("near"), "a neighbour after All")
	}
	listEnds(t, s)
	if h.Corrupt != nil {
		listCorrupt(t, h, s, want)
	}
	listEmpty(t, h)
}

// near puts a session into every store that is near to s and is not s.
func near(t T, h *Harness, s sessionstore.Store) []sessionstore.Store {
	t.Helper()
	var others []sessionstore.Store
	if h.Neighbours != nil {
		others = h.Neighbours(t, s)
	}
	if n, err := sessionstore.Namespace(s, "near"); err == nil {
		others = append(others, n)
	}
	for _, other := range others {
		mustSet(t, other, "near", listed("near"), long)
	}
	return others
}

// churn starts and ends sessions until stop is closed.
func churn(t T, s sessionstore.Store, stop <-chan struct{}) {
	ctx := within(t, ruleTimeout)
	for i := 0; !stopped(stop); i++ {
		id := fmt.Sprintf("churn.%d", i%50)
		err := s.Set(ctx, id, listed(id), long)
		if i%2 == 0 && err == nil {
			err = s.Delete(ctx, id)
		}
		if err != nil {
			t.Errorf("writing beside All: %v", err)
			return
		}
		time.Sleep(time.Microsecond) // a fake clock moves on
	}
}

// checkListed compares what All yields with want, data to deadline.
func checkListed(t T, h *Harness, s sessionstore.Store, want map[string]time.Time) {
	t.Helper()
	seen := make(map[string]bool)
	for session, err := range sessionstore.All(within(t, opTimeout), s) {
		if err != nil {
			t.Errorf("All: %v", err)
			return
		}
		text := string(session.Data)
		end, stable := want[text]
		switch {
		case strings.Contains(text, "expired"), strings.Contains(text, "deleted"), strings.Contains(text, "near"):
			t.Errorf("All yields a session that is expired, deleted or another store's: %s", text)
		case !h.OpaqueListedIDs && text != string(listed(session.ID)):
			t.Errorf("All yields the data %q under the id %q", text, session.ID)
		case session.Data == nil:
			t.Errorf("All yields nil for the data of %q", session.ID)
		}
		if off := session.ExpiresAt.Sub(end); stable && (off < -2*time.Second || off > h.TTLSlack+2*time.Second) {
			t.Errorf("All yields an end that is %v off", off)
		}
		seen[text] = true
	}
	for text := range want {
		if !seen[text] {
			t.Errorf("All does not yield %q, which lives throughout", text)
			return
		}
	}
	if !seen[""] {
		t.Errorf("All does not yield a session without data")
	}
}

// listEnds breaks off, and lets a context end.
func listEnds(t T, s sessionstore.Store) {
	t.Helper()
	var n int
	for _, err := range sessionstore.All(within(t, opTimeout), s) {
		if n++; n == 3 || err != nil {
			break
		}
	}
	if n != 3 {
		t.Errorf("All that is broken off at the third session: got %d", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var last error
	for _, last = range sessionstore.All(ctx, s) {
		cancel()
		if last != nil {
			break
		}
	}
	cancel()
	for _, last = range sessionstore.All(ctx, s) {
		n++
	}
	if !errors.Is(last, context.Canceled) || n != 4 {
		t.Errorf("All with a context that is done: got %d errors or sessions, the last with error %v, want one, context.Canceled", n-3, last)
	}
}

// listCorrupt has records among them that cannot be read: three, since a list
// in random order may end at one.
func listCorrupt(t T, h *Harness, s sessionstore.Store, want map[string]time.Time) {
	t.Helper()
	ids := []string{"corrupt.0", "corrupt.1", "corrupt.2"}
	for _, id := range ids {
		mustSet(t, s, id, listed(id), long)
		h.Corrupt(t, s, id)
	}
	seen := make(map[string]bool)
	corrupt := make(map[string]bool)
	for session, err := range sessionstore.All(within(t, opTimeout), s) {
		switch {
		case errors.Is(err, sessionstore.ErrCorrupt):
			corrupt[session.ID] = true
		case err != nil:
			t.Errorf("All beside an unreadable record: %v", err)
			return
		}
		seen[string(session.Data)] = true
	}
	for _, id := range ids {
		if len(corrupt) != len(ids) || !h.OpaqueListedIDs && !corrupt[id] {
			t.Errorf("All of an unreadable record: got the ids %q with ErrCorrupt, want its id", slices.Sorted(maps.Keys(corrupt)))
			break
		}
	}
	for text := range want {
		if !seen[text] {
			t.Errorf("All ends at an unreadable record: %q is missing", text)
			return
		}
	}
}

func listEmpty(t T, h *Harness) {
	t.Helper()
	for session, err := range sessionstore.All(within(t, opTimeout), h.New(t)) {
		t.Errorf("All of an empty store yields data %s and error %v", brief(session.Data), err)
	}
}

// listHandles ends every session by what All calls it.
func listHandles(t T, h *Harness) {
	s := h.New(t)
	const sessions = 30
	for i := range sessions {
		id := fmt.Sprintf("s.%d", i)
		mustSet(t, s, id, listed(id), long)
	}
	var n int
	for session, err := range sessionstore.All(within(t, opTimeout), s) {
		if err != nil {
			t.Fatalf("All: %v", err)
		}
		n++
		if h.OpaqueListedIDs {
			for _, op := range supported(t, s) {
				if op.name != "Delete" {
					err := op.call(within(t, opTimeout), s, session.ID)
					wantError(t, err, sessionstore.ErrInvalidID, op.name+" of a handle, which opens nothing")
				}
			}
		}
		mustDelete(t, s, session.ID)
	}
	if n < sessions {
		t.Errorf("All yields %d sessions, want %d", n, sessions)
	}
	for i := range sessions {
		wantMiss(t, s, fmt.Sprintf("s.%d", i), "after a Delete of every listed session")
	}
	for range sessionstore.All(within(t, opTimeout), s) {
		t.Errorf("All yields a session after each was deleted by what All had called it")
		return
	}
}
