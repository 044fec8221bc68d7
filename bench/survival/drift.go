package survival

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/coatcheck/sessionstore"
)

// drift is the largest distance of a deadline from what was promised; the zero
// value has seen none.
type drift struct {
	by   time.Duration
	seen bool
}

func (d *drift) add(by time.Duration) {
	if !d.seen || by.Abs() > d.by.Abs() {
		d.by = by
	}
	d.seen = true
}

// nanoseconds returns NaN where nothing was seen.
func (d drift) nanoseconds() float64 {
	if !d.seen {
		return math.NaN()
	}
	return float64(d.by)
}

// within returns what is left of a distance that was measured with an error.
func within(by, err time.Duration) time.Duration {
	switch {
	case by > err:
		return by - err
	case by < -err:
		return by + err
	}
	return 0
}

// outside returns by how much t is later than the interval, or earlier, where
// the result is negative.
// A session without an end is later than any other.
func outside(t, from, until time.Time) time.Duration {
	t, from, until = t.Round(0), from.Round(0), until.Round(0) // of one clock, that of the wall
	switch {
	case t.IsZero():
		return math.MaxInt64
	case t.After(until):
		return t.Sub(until)
	case t.Before(from):
		return t.Sub(from)
	}
	return 0
}

// driftOf measures the drift from the deadlines that the store lists, or,
// where it lists none, from when the probes end.
func driftOf(ctx context.Context, s sessionstore.Store, l *ledger) (float64, error) {
	d, err := listedDrift(ctx, s, l)
	if errors.Is(err, errors.ErrUnsupported) {
		d, err = probeDrift(ctx, s, l)
	}
	return d.nanoseconds(), err
}

// listedDrift compares what the store lists with the ledger. A store tells how
// long a session has left, and takes the time before or after it has asked:
// what the longest question took is the error, and no drift.
func listedDrift(ctx context.Context, s sessionstore.Store, l *ledger) (d drift, err error) {
	var longest time.Duration
	asked := time.Now()
	for listed, err := range sessionstore.All(ctx, s) {
		longest = max(longest, time.Since(asked))
		if err != nil && !errors.Is(err, sessionstore.ErrCorrupt) { // a corrupt one is counted as stale
			return d, fmt.Errorf("listing the sessions afterwards: %w", err)
		}
		known, found := l.session(listed.ID)
		if err == nil && found && !known.probe && known.hasDeadline() {
			d.add(outside(listed.ExpiresAt, known.from, known.until))
		}
		asked = time.Now()
	}
	d.by = within(d.by, longest)
	return d, nil
}

// probeDrift waits for the end of the sessions with a short ttl. What it tells
// is proven: a session was still there, or was there and then not. One that was
// lost, or had ended before, tells nothing.
func probeDrift(ctx context.Context, s sessionstore.Store, l *ledger) (d drift, err error) {
	const every = 5 * time.Millisecond
	pause := time.NewTicker(every)
	defer pause.Stop()
	present := map[string]bool{}
	for ids := l.ids(true); len(ids) > 0; {
		var left []string
		for _, id := range ids {
			known, _ := l.session(id)
			begin := time.Now()
			_, err := patientGet(ctx, s, id)
			switch {
			case err == nil:
				present[id] = true
				left = append(left, id)
				if begin.After(known.until) {
					d.add(begin.Sub(known.until))
				}
			case !errors.Is(err, sessionstore.ErrNotFound):
				return d, err
			case present[id]:
				d.add(min(0, time.Since(known.from)))
			}
		}
		if ids = left; len(ids) > 0 && time.Since(latest(l, ids)) > recoveryLimit {
			return d, fmt.Errorf("%d sessions did not end within %v of their deadline", len(ids), recoveryLimit)
		}
		<-pause.C
	}
	return d, nil
}

// latest returns the last of the sessions' deadlines.
func latest(l *ledger, ids []string) time.Time {
	var t time.Time
	for _, id := range ids {
		if known, _ := l.session(id); known.until.After(t) {
			t = known.until
		}
	}
	return t
}
