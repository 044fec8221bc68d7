package survival

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// opened opens a target for one test, or skips it where there is no server.
func opened(t *testing.T, c target.Config) *target.Target {
	t.Helper()
	tg, err := c.Open(t.Context(), t.TempDir())
	must(t, c, err)
	t.Cleanup(func() {
		if err := tg.Close(); err != nil {
			t.Error(err)
		}
	})
	return tg
}

// must ends the test where there is an error: with a skip where that is the
// target's missing server, unless the environment requires it.
func must(t *testing.T, c target.Config, err error) {
	t.Helper()
	required, wrong := testserver.Required(c.Backend)
	if errors.Is(err, server.ErrUnavailable) && !required && wrong == nil {
		t.Skip(err)
	}
	if err = errors.Join(err, wrong); err != nil {
		t.Fatal(err)
	}
}

func memoryTarget(t *testing.T) *target.Target {
	return opened(t, target.Config{Backend: "memory", Durability: "none"})
}

// TestMatrix: every backend keeps, in every setting and through every event,
// what it promises.
func TestMatrix(t *testing.T) {
	for _, c := range target.Survivals() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			tg := opened(t, c)
			for _, e := range Events(c) {
				t.Run(string(e), func(t *testing.T) { wantPromise(t, tg, e) })
			}
		})
	}
}

func wantPromise(t *testing.T, tg *target.Target, e Event) {
	r, err := Run(t.Context(), Setup{
		Target: tg, Event: e, Clients: 4, Rate: 4000, Time: 200 * time.Millisecond, Outage: 300 * time.Millisecond,
	})
	must(t, tg.Config, err)
	t.Log(r)
	if err := r.Broken(); err != nil {
		t.Error(err)
	}
	if !(r.RecoveryNs > 0) {
		t.Errorf("recovery: %v ns, want more than 0", r.RecoveryNs)
	}
	if e == CutNetwork && r.Failed+r.Unknown == 0 {
		t.Error("no operation failed: the network was not cut")
	}
	switch Promised(tg.Config, e) {
	case Keeps:
		wantDeadlines(t, tg.Backend, r.DriftNs)
	case GoesBack:
		if r.Revived == 0 || r.Lost == 0 {
			t.Errorf("lost %d, revived %d: want some of both, since the snapshot is older", r.Lost, r.Revived)
		}
	}
}

// wantDeadlines wants deadlines as they were, but for what the backend
// publishes as slack and what a busy machine adds to a listing.
func wantDeadlines(t *testing.T, backend string, driftNs float64) {
	t.Helper()
	late := 500 * time.Millisecond
	if backend == "memcached" {
		late += 3 * time.Second
	}
	if math.IsNaN(driftNs) || driftNs > float64(late) || driftNs < -float64(500*time.Millisecond) {
		t.Errorf("drift: %v ns, want at most %v", driftNs, late)
	}
}

// TestCells: the names are those of the results file, and each is there once.
func TestCells(t *testing.T) {
	names := map[string]bool{}
	for _, c := range slices.Concat(Matrix(), PeerMatrix()) {
		if names[c.Name()] {
			t.Errorf("%s is there twice", c.Name())
		}
		names[c.Name()] = true
	}
	for _, want := range []string{
		"event=cut-network/backend=redis/durability=snapshot",
		"event=kill-application/backend=memory/durability=none",
		"event=kill-server/backend=postgres/durability=sync/peer=scs-pgxstore",
	} {
		if !names[want] {
			t.Errorf("no cell %s", want)
		}
	}
	if got, want := len(Hardest()), len(target.Survivals()); got != want {
		t.Errorf("%d hardest cells, want one for each of %d targets", got, want)
	}
}
