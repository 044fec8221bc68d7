package growth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// Cost stores so many sessions that end together, and measures what they take
// while they are there and what it takes to be rid of them. A redis that holds
// many other keys is ErrCrowded.
func (m *Meter) Cost(ctx context.Context, sessions int) (cost figures.Cost, err error) {
	err = inTime(m.life(sessions), func(life time.Duration) error {
		m.setup.Progress(fmt.Sprintf("%s: storing %s sessions that end together", m.target.Config, figures.Count(sessions)))
		cost, err = m.attempt(ctx, sessions, life)
		return err
	})
	if err == nil && m.target.Backend == "memory" {
		cost.GCPercent, err = m.gcPercent(ctx, sessions)
	}
	return cost, err
}

// life returns how long sessions must live to be all there for a while. The
// more there are, the longer each takes to be stored.
func (m *Meter) life(sessions int) time.Duration {
	return m.setup.Quiet + time.Second + 2*time.Duration(sessions)*m.perSession
}

// attempts is how often sessions are stored that shall end together.
const attempts = 5

// inTime lets sessions live twice as long each time that they end too early.
func inTime(life time.Duration, attempt func(life time.Duration) error) error {
	for range attempts {
		if err := attempt(life); !errors.Is(err, errLate) {
			return err
		}
		life *= 2
	}
	return fmt.Errorf("growth: %w, also where they live %v", errLate, life/2)
}

// attempt measures the cost once, in a room of its own. No sweeper of the store
// is there: the measurement sweeps.
func (m *Meter) attempt(ctx context.Context, sessions int, life time.Duration) (cost figures.Cost, err error) {
	r, err := m.room(ctx, -1)
	if err != nil {
		return cost, err
	}
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	if err := r.watch.uncrowded(); err != nil {
		return cost, err
	}
	w := &wave{target: m.target, room: r, sessions: sessions, setup: m.setup}
	if w.client, err = newClient(ctx, r.Store, m.setup.SizeBytes); err != nil {
		return cost, err
	}
	if err := w.rise(ctx, life); err != nil {
		return cost, err
	}
	m.perSession = w.load / time.Duration(sessions)
	m.setup.Progress(fmt.Sprintf("%s: %s sessions end", m.target.Config, figures.Count(sessions)))
	if err := w.ebb(ctx); err != nil {
		return cost, err
	}
	return w.cost(), nil
}
