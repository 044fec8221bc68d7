package target

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/open"
)

const (
	stored    = 500
	dataBytes = 512
)

// TestSessionsComeAndGo: bytes are counted, expired sessions can be removed and
// are counted down, and nothing is left of a place that was removed.
func TestSessionsComeAndGo(t *testing.T) {
	for _, c := range []Config{
		{"memory", "none"}, {"bolt", "async"}, {"memcached", "none"}, {"redis", "always"}, {"postgres", "async"},
	} {
		t.Run(c.String(), func(t *testing.T) {
			if c.Backend != "memory" { // the heap is everybody's
				t.Parallel()
			}
			target := opened(t, c)
			p := target.Place()
			p.SweepInterval = -1
			s, err := p.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			fill(t, target, p, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := target.Remove(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			if err := get(t.Context(), p); !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("Get in a place that was removed: %v, want ErrNotFound", err)
			}
		})
	}
}

func fill(t *testing.T, target *Target, p Place, s open.Store) {
	t.Helper()
	if err := s.Set(t.Context(), "id", nil, time.Hour); err != nil {
		t.Fatal(err)
	}
	before, first := bytesOf(t, target, p, s), countersOf(t, target)
	deadline := time.Now().Add(5 * time.Second)
	for i := range stored {
		if err := s.Set(t.Context(), fmt.Sprintf("session-%d", i), make([]byte, dataBytes), time.Until(deadline)); err != nil {
			t.Fatal(err)
		}
	}
	if got := bytesOf(t, target, p, s) - before; got < stored*dataBytes || got > 4*stored*dataBytes {
		t.Errorf("%d sessions of %d bytes took %d bytes, want more than their data, and not four times as much", stored, dataBytes, got)
	}
	counters := countersOf(t, target)
	if counters != nil && (counters.Records != first.Records+stored || counters.Evicted != first.Evicted || counters.CPU <= 0) {
		t.Errorf("counters: %+v after %+v, want %d records more, no eviction, and some time", counters, first, stored)
	}
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := target.Purge(soon, s, stored, counters); err == nil {
		t.Error("Purge before the deadline: no error")
	}
	time.Sleep(time.Until(deadline.Add(target.ExpiryLag(time.Second))))
	if err := target.Purge(t.Context(), s, stored, counters); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), "id"); err != nil {
		t.Errorf("Get of a session that is live: %v", err)
	}
}

func bytesOf(t *testing.T, target *Target, p Place, s sessionstore.Store) int64 {
	t.Helper()
	n, err := target.Bytes(t.Context(), p, s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func countersOf(t *testing.T, target *Target) *Counters {
	t.Helper()
	c, err := target.Counters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
