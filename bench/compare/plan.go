package compare

import (
	"slices"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore/bench/growth"
	"github.com/coatcheck/sessionstore/bench/peers"
	"github.com/coatcheck/sessionstore/bench/survival"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Plan says what is measured. The zero value measures nothing but baselines.
type Plan struct {
	// Configs are the backends in their settings.
	Configs []target.Config

	// Workloads are names of storetest.Workloads, each measured with every
	// size of a session's data and every number of clients.
	Workloads []string
	SizeBytes []int
	Clients   []int

	// Sessions are stored beforehand.
	Sessions int

	// Rounds is how often each backend has its turn, and RoundTime how long.
	Rounds    int
	RoundTime time.Duration

	// Restarts are the cells of the matrix of survival, and Writing is how
	// long clients write before each event; 0 means as long as usual.
	Restarts []survival.Cell
	Writing  time.Duration

	// Kills is how often each server is killed; 0 means once. What a setting
	// may lose, it loses in few of many kills.
	Kills int

	// Growth is what is measured as sessions become more; nil is nothing.
	// Costs are the numbers of sessions whose cost is measured.
	Growth *growth.Setup
	Costs  []int

	// GrowthOnce leaves Growth to the one setting of each backend whose cost
	// is measured.
	GrowthOnce bool

	// Peers are measured where it is not nil.
	Peers *peers.Setup

	// LeftOut says what a reader might look for and will not find.
	LeftOut []string
}

// Quick returns the plan of a minute.
func Quick() Plan {
	return Plan{
		Configs:   target.Configs(),
		Workloads: []string{"Get", "Set", "Web"},
		SizeBytes: []int{1024}, Clients: []int{1, 64}, Sessions: 10_000,
		Rounds: 2, RoundTime: 30 * time.Millisecond,
		Restarts: survival.Hardest(), Writing: 200 * time.Millisecond,
		Growth: &growth.Setup{
			Sessions: []int{1_000, 10_000}, Operations: []string{"Get", "Set"}, Clients: []int{64},
			SizeBytes: 512, Rounds: 2, RoundTime: 40 * time.Millisecond, Quiet: 200 * time.Millisecond,
		},
		Costs: []int{10_000}, GrowthOnce: true,
		LeftOut: []string{
			"sizes other than 1 KiB", "every operation but Get, Set and the web mix",
			"events other than the kill of the process that holds the sessions",
			"more than 10,000 sessions, and growth in a second setting of the same backend", "others' packages",
		},
	}
}

// Full returns the plan of what is published.
func Full() Plan {
	return Plan{
		Configs:   target.Configs(),
		Workloads: workloads(),
		SizeBytes: []int{1024, 128, 16 << 10}, Clients: []int{1, 64}, Sessions: 10_000,
		Rounds: 4, RoundTime: 125 * time.Millisecond,
		Restarts: slices.Concat(survival.Matrix(), survival.PeerMatrix()), Kills: 5,
		Growth: &growth.Setup{
			Sessions: []int{1_000, 10_000, 100_000, 1_000_000}, Operations: []string{"Get", "Set", "Touch", "CompareAndSwap"}, Clients: []int{64, 1},
			SizeBytes: 512, Rounds: 3, RoundTime: 100 * time.Millisecond, Quiet: time.Second,
		},
		Costs:   []int{1_000, 10_000, 100_000, 1_000_000},
		Peers:   &peers.Setup{},
		LeftOut: []string{"what sessions cost, and a million of them, in a second setting of the same backend"},
	}
}

// times returns how often a cell's event happens.
func (p Plan) times(c survival.Cell) int {
	if c.Event != survival.KillServer || c.Peer != "" {
		return 1
	}
	return max(p.Kills, 1)
}

// Only returns the plan for some backends, with the others left out.
func (p Plan) Only(backends []string) Plan {
	var others []string
	for _, b := range Backends() {
		if !slices.Contains(backends, b) {
			others = append(others, b)
		}
	}
	if len(others) > 0 {
		p.LeftOut = append(slices.Clone(p.LeftOut), "of the backends "+strings.Join(others, ", "))
	}
	p.Configs = slices.DeleteFunc(slices.Clone(p.Configs), func(c target.Config) bool {
		return !slices.Contains(backends, c.Backend)
	})
	p.Restarts = slices.DeleteFunc(slices.Clone(p.Restarts), func(c survival.Cell) bool {
		return !slices.Contains(backends, c.Backend)
	})
	return p
}

// Backends returns the names of all backends, in the order of the tables.
func Backends() []string {
	var names []string
	for _, c := range target.Configs() {
		if !slices.Contains(names, c.Backend) {
			names = append(names, c.Backend)
		}
	}
	return names
}
