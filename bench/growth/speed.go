package growth

import (
	"context"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/measure"
	"github.com/coatcheck/sessionstore/open"
)

// Speeds stores so many sessions and measures each operation with each number
// of clients. After an error it returns what was measured before.
func (m *Meter) Speeds(ctx context.Context, sessions int) (speeds []figures.Growth, err error) {
	m.setup.Progress(fmt.Sprintf("%s: storing %s sessions", m.target.Config, figures.Count(sessions)))
	err = m.inRoom(ctx, 0, func(r room) (err error) {
		speeds, err = m.speedsIn(ctx, r, sessions)
		return err
	})
	return speeds, err
}

func (m *Meter) speedsIn(ctx context.Context, r room, sessions int) (speeds []figures.Growth, err error) {
	watch, err := watchEvictions(ctx, m.target)
	if err != nil {
		return nil, err
	}
	_, err = fill(ctx, r, sessions, m.setup.SizeBytes, time.Time{})
	if _, err := watch.check(ctx, err); err != nil {
		return nil, err
	}
	for _, name := range m.setup.Operations {
		for _, clients := range m.setup.Clients {
			speed, err := m.speed(ctx, r.store, sessions, name, clients)
			if _, err := watch.check(ctx, err); err != nil {
				return speeds, err
			}
			speeds = append(speeds, speed)
		}
	}
	return speeds, nil
}

func (m *Meter) speed(ctx context.Context, s open.Store, sessions int, name string, clients int) (figures.Growth, error) {
	m.setup.Progress(fmt.Sprintf("%s: %s sessions: %s, %d clients", m.target.Config, figures.Count(sessions), name, clients))
	w, ok := workload(name)
	if !ok {
		return figures.Growth{}, fmt.Errorf("growth: storetest has no workload %q", name)
	}
	shape := measure.Shape{Sessions: sessions, SizeBytes: m.setup.SizeBytes, Clients: clients}
	contenders := []measure.Contender{{Name: m.target.Config.String(), Store: s}}
	samples, err := measure.Interleave(ctx, w, shape, m.setup.Rounds, m.setup.RoundTime, contenders)
	if err != nil {
		return figures.Growth{}, err
	}
	sample := samples[0]
	return figures.Growth{
		Op: name, Sessions: sessions, Clients: clients, Target: figures.Target(m.target.Config),
		N: int(sample.Ops), Percentiles: figures.Measure(sample.Ops, sample.Hist.ValueAtPercentile), PerSecond: sample.PerSecond(),
	}, nil
}
