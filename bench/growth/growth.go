package growth

import (
	"context"
	"slices"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Result is what was measured of a backend, by number of sessions.
type Result struct {
	Speeds []figures.Growth // each number of sessions with each operation and number of clients
	Costs  []figures.Cost   // one for each number of sessions
}

// costly has each backend once, where what it acknowledged survives a crash as
// far as it can.
var costly = []target.Config{
	{Backend: "memory", Durability: "none"},
	{Backend: "bolt", Durability: "sync"},
	{Backend: "memcached", Durability: "none"},
	{Backend: "redis", Durability: "everysec"},
	{Backend: "postgres", Durability: "sync"},
}

// HasCost reports whether Run measures the costs of a configuration. It does of
// one for each backend, and leaves out its others, where sessions take the same
// room.
func HasCost(c target.Config) bool { return slices.Contains(costly, c) }

// reachOfAll is up to how many sessions every configuration is measured: nine
// that are filled with a million each take longer than anybody waits.
const reachOfAll = 100_000

// Reaches reports whether Run measures a configuration among so many sessions:
// those that have costs among any number, the others up to 100,000.
func Reaches(c target.Config, sessions int) bool { return sessions <= reachOfAll || HasCost(c) }

// Run measures all that the setup says. Costs come first: a server that holds
// many sessions that stay removes others more slowly.
//
// After an error, which ends it, the result has what was measured before.
func Run(ctx context.Context, t *target.Target, s Setup) (r Result, err error) {
	m := New(t, s)
	if HasCost(t.Config) {
		if r.Costs, err = each(ctx, m.setup.Sessions, m.cost); err != nil {
			return r, err
		}
	}
	reached := slices.DeleteFunc(slices.Clone(m.setup.Sessions), func(n int) bool { return !Reaches(t.Config, n) })
	r.Speeds, err = each(ctx, reached, m.Speeds)
	return r, err
}

func (m *Meter) cost(ctx context.Context, sessions int) ([]figures.Cost, error) {
	c, err := m.Cost(ctx, sessions)
	if err != nil {
		return nil, err
	}
	return []figures.Cost{c}, nil
}

// each returns what f measures with each number of sessions, up to an error.
func each[T any](ctx context.Context, sessions []int, f func(context.Context, int) ([]T, error)) (all []T, err error) {
	for _, n := range sessions {
		some, err := f(ctx, n)
		all = append(all, some...)
		if err != nil {
			return all, err
		}
	}
	return all, nil
}
