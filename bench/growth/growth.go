package growth

import (
	"context"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Result is what was measured of a backend, by number of sessions.
type Result struct {
	Speeds []figures.Growth // each number of sessions with each operation and number of clients
	Costs  []figures.Cost   // one for each number of sessions
}

// Run measures all that the setup says. Costs come first: a server that holds
// many sessions that stay removes others more slowly.
//
// After an error, which ends it, the result has what was measured before.
func Run(ctx context.Context, t *target.Target, s Setup) (Result, error) {
	m := New(t, s)
	var r Result
	for _, n := range m.setup.Sessions {
		cost, err := m.Cost(ctx, n)
		if err != nil {
			return r, err
		}
		r.Costs = append(r.Costs, cost)
	}
	for _, n := range m.setup.Sessions {
		speeds, err := m.Speeds(ctx, n)
		r.Speeds = append(r.Speeds, speeds...)
		if err != nil {
			return r, err
		}
	}
	return r, nil
}
