package growth

import (
	"context"
	"math"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/target"
)

// wave is sessions that come one after the other and end together.
type wave struct {
	target   *target.Target
	room     *Room
	setup    Setup
	client   *client
	sessions int

	counters *target.Counters // with all sessions; nil where the backend has none
	end      time.Time        // of the last session
	bytes    int64            // of all sessions
	load     time.Duration    // until all were stored
	expire   time.Duration    // until all were removed
	cpu      time.Duration    // of the server for it
	longest  time.Duration    // operation of the client meanwhile
	quiet    time.Duration    // longest operation before
	idle     float64          // processors that the server used before, for the client and for being asked
}

// rise stores the sessions. The error is errLate where too little time is left
// before they end.
func (w *wave) rise(ctx context.Context, life time.Duration) error {
	before, err := w.target.Bytes(ctx, w.room.place, w.room.Store)
	if err != nil {
		return err
	}
	start := time.Now()
	deadline := start.Add(life)
	write, err := w.room.fill(ctx, w.sessions, deadline)
	w.load = time.Since(start)
	if w.counters, err = w.room.watch.check(ctx, err); err != nil {
		return err
	}
	w.end = deadline.Add(w.target.ExpiryLag(write))
	after, err := w.target.Bytes(ctx, w.room.place, w.room.Store)
	if err != nil {
		return err
	}
	w.bytes = after - before
	if time.Until(deadline) < w.setup.Quiet {
		return errLate
	}
	return nil
}

// ebb waits until the sessions have ended and are removed. The client works
// before and afterwards for as long, unless the removal takes longer: of more
// operations the longest is longer.
func (w *wave) ebb(ctx context.Context) (err error) {
	if err := sleep(ctx, time.Until(w.end.Add(-w.setup.Quiet))); err != nil {
		return err
	}
	if w.quiet, err = w.client.during(ctx, w.rest); err != nil {
		return err
	}
	w.longest, err = w.client.during(ctx, w.purge)
	return err
}

// rest lets the sessions come to their end, and asks the server what it counts
// as often as Purge does: what client and questions cost it is no cost of the
// removal.
func (w *wave) rest(ctx context.Context) error {
	if w.counters == nil {
		return sleep(ctx, time.Until(w.end))
	}
	start := time.Now()
	first, err := w.target.Counters(ctx)
	if err != nil {
		return err
	}
	for last := first; ; {
		if last, err = w.target.Counters(ctx); err != nil {
			return err
		}
		if now := time.Now(); !now.Before(w.end) {
			w.idle = float64(last.CPU-first.CPU) / float64(now.Sub(start))
			return nil
		}
		if err := sleep(ctx, min(target.PurgePoll, time.Until(w.end))); err != nil {
			return err
		}
	}
}

func (w *wave) purge(ctx context.Context) error {
	start := time.Now()
	before, err := w.target.Counters(ctx)
	if err != nil {
		return err
	}
	if err := w.target.Purge(ctx, w.room.Store, w.sessions, w.counters); err != nil {
		return err
	}
	w.expire = time.Since(start)
	after, err := w.target.Counters(ctx)
	if err != nil {
		return err
	}
	if after != nil {
		other := time.Duration(w.idle * float64(time.Since(start)))
		w.cpu = max(after.CPU-before.CPU-other, 0)
	}
	return sleep(ctx, w.setup.Quiet-w.expire)
}

// sleep returns early with an error where ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func (w *wave) cost() figures.Cost {
	each := func(total float64) float64 { return total / float64(w.sessions) }
	c := figures.Cost{
		Sessions: w.sessions, Target: figures.Target(w.target.Config),
		BytesPerSession: each(float64(w.bytes)),
		LoadNs:          each(float64(w.load)),
		ExpireNs:        each(float64(w.expire)),
		ExpireCPUNs:     math.NaN(),
		LongestNs:       float64(w.longest),
		QuietNs:         float64(w.quiet),
		GCPercent:       math.NaN(),
	}
	if w.counters != nil {
		c.ExpireCPUNs = each(float64(w.cpu))
	}
	return c
}
