package growth

import (
	"context"
	"errors"
	"fmt"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/measure"
	"github.com/coatcheck/sessionstore/open"
)

// Speeds stores so many sessions and measures each operation with each number
// of clients. After an error it returns what was measured before.
func (m *Meter) Speeds(ctx context.Context, sessions int) (speeds []figures.Growth, err error) {
	r, err := m.Fill(ctx, sessions)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	for _, name := range m.setup.Operations {
		for _, clients := range m.setup.Clients {
			speed, err := m.speed(ctx, r.Store, sessions, name, clients)
			if err := r.Check(ctx, err); err != nil {
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
