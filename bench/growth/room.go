package growth

import (
	"context"
	"errors"
	"time"

	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/open"
)

// removeLimit bounds how long sessions are removed from a server that others
// use, also where the measurement was cut off.
const removeLimit = time.Minute

// room is an empty place and a store that is open on it.
type room struct {
	place target.Place
	store open.Store
}

// inRoom calls f with a room that is removed afterwards. Its store sweeps as
// often as the interval says, as in the Options of the backends.
func (m *Meter) inRoom(ctx context.Context, sweepInterval time.Duration, f func(room) error) (err error) {
	p := m.target.Place()
	p.SweepInterval = sweepInterval
	s, err := p.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(), m.remove(ctx, p)) }()
	return f(room{p, s})
}

// remove leaves nothing behind. Where the measurement was cut off and the server
// ends with it, there is nothing to do.
func (m *Meter) remove(ctx context.Context, p target.Place) error {
	if ctx.Err() != nil && m.target.Server != nil && m.target.Server.Owned() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeLimit)
	defer cancel()
	return m.target.Remove(ctx, p)
}
