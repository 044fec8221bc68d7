package redis

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestFailover kills a master whose last writes did not reach its replica, of
// which Sentinel makes the new master. It shows what a failover may undo: what
// was acknowledged and not yet replicated.
func TestFailover(t *testing.T) {
	t.Parallel() // on servers of its own; it mostly waits for them
	servers := testserver.NewSentinel(t, 1, time.Second)
	s := openPlace(sentinelPlace+servers.Name()+"@"+servers.Addr())(t, "app")
	raw := rawClient(t, servers.Master().URL())
	const sessions = 100
	for i := range sessions {
		must(t, s.Set(t.Context(), fmt.Sprint("kept.", i), []byte("kept"), time.Hour))
	}
	for _, id := range []string{"deleted", "changed", "swapped", "rotated"} {
		must(t, s.Set(t.Context(), id, []byte("before"), time.Hour))
	}
	if n, err := raw.Wait(t.Context(), 1, 10*time.Second).Result(); n != 1 || err != nil {
		t.Fatalf("%d replicas have the sessions, error %v, want 1", n, err)
	}

	servers.Cut(t)
	must(t, s.Set(t.Context(), "new", []byte("lost"), time.Hour))
	must(t, s.Delete(t.Context(), "deleted"))
	must(t, s.Set(t.Context(), "changed", []byte("lost"), time.Hour))
	must(t, s.CompareAndSwap(t.Context(), "swapped", []byte("before"), []byte("lost"), time.Hour))
	must(t, s.RotateSwap(t.Context(), "rotated", "successor", []byte("before"), []byte("lost"), time.Hour))
	servers.Master().Kill(t)

	poll(t, "there is a new master", func() bool {
		err := s.Set(t.Context(), "after", []byte("after"), time.Hour)
		_, getErr := s.Get(t.Context(), "kept.0")
		if errors.Is(getErr, sessionstore.ErrNotFound) {
			t.Fatalf("Get during the failover: got error %v for a session that is there", getErr)
		}
		return err == nil && getErr == nil
	})
	for i := range sessions {
		wantLeft(t, s, "a session that the replica had", fmt.Sprint("kept.", i), "kept")
	}
	wantLeft(t, s, "a session that was stored just before the failover, and lost", "new", "")
	wantLeft(t, s, "a session that was deleted just before the failover, and came back", "deleted", "before")
	wantLeft(t, s, "a session that was set just before the failover", "changed", "before")
	wantLeft(t, s, "a session that was swapped just before the failover", "swapped", "before")
	wantLeft(t, s, "the old id of a rotation just before the failover", "rotated", "before")
	wantLeft(t, s, "the new id of a rotation just before the failover", "successor", "")
	wantLeft(t, s, "a session that was stored after the failover", "after", "after")
}
