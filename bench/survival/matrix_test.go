package survival

import (
	"errors"
	"math"
	"os"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
)

// opened opens a target for one test, or skips it where there is no server.
func opened(t *testing.T, c target.Config) *target.Target {
	t.Helper()
	tg, err := c.Open(t.Context(), t.TempDir())
	if errors.Is(err, server.ErrUnavailable) && os.Getenv("SESSIONSTORE_REQUIRE") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tg.Close(); err != nil {
			t.Error(err)
		}
	})
	return tg
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
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	if err := r.Broken(); err != nil {
		t.Error(err)
	}
	if !(r.RecoveryNs > 0) {
		t.Errorf("recovery: %v ns, want more than 0", r.RecoveryNs)
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
