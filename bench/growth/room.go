package growth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/open"
)

// removeLimit bounds how long sessions are removed, also where the measurement
// was cut off.
const removeLimit = time.Minute

// Room is an empty place for sessions, or one that Fill has filled.
type Room struct {
	// Store is open on the room's sessions.
	Store open.Store

	meter *Meter
	place target.Place
	watch evictions
}

// Fill returns a room with the sessions of a storetest.Load of that number and
// of the setup's size, so that its Prepare finds them. The caller closes it.
// They are stored many at a time: redis gets pipelines, postgres COPY, and bolt
// so many clients that they share commits.
func (m *Meter) Fill(ctx context.Context, sessions int) (*Room, error) {
	m.setup.Progress(fmt.Sprintf("%s: storing %s sessions", m.target.Config, figures.Count(sessions)))
	r, err := m.room(ctx, 0)
	if err != nil {
		return nil, err
	}
	_, err = r.fill(ctx, sessions, time.Time{})
	if err := r.Check(ctx, err); err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	return r, nil
}

// room returns an empty room. Its store sweeps as often as the interval says,
// as in the Options of the backends.
func (m *Meter) room(ctx context.Context, sweepInterval time.Duration) (*Room, error) {
	p := m.target.Place()
	p.SweepInterval = sweepInterval
	watch, err := watchEvictions(ctx, m.target)
	if err != nil {
		return nil, err
	}
	s, err := p.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &Room{Store: s, meter: m, place: p, watch: watch}, nil
}

// Check returns ErrEvicted where the server has evicted anything since the room
// was made, else err, which is what failed or nil.
func (r *Room) Check(ctx context.Context, err error) error {
	_, err = r.watch.check(ctx, err)
	return err
}

// Close closes the store and leaves nothing behind. Where ctx has ended and the
// server ends with the measurement, there is nothing to remove.
func (r *Room) Close(ctx context.Context) error {
	t := r.meter.target
	if ctx.Err() != nil && t.Server != nil && t.Server.Owned() {
		return r.Store.Close()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeLimit)
	defer cancel()
	return errors.Join(r.Store.Close(), t.Remove(ctx, r.place))
}
