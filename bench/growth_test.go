package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync"
	"testing"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/growth"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/storetest"
)

// growthBytes is the size of a session's data.
const growthBytes = 512

// growthSessions returns how many sessions are stored. Where everything was
// asked for, but not in full, growth is among what is left out; where it was
// asked for by name, only a million sessions are, which take ten minutes. With
// -short it is the least that shows that it works.
func growthSessions(b *testing.B) []int {
	switch pattern := flag.Lookup("test.bench").Value.String(); {
	case testing.Short():
		return []int{1_000}
	case *full:
		return []int{1_000, 10_000, 100_000, 1_000_000}
	case pattern == "." || pattern == ".*":
		b.Skip("left out: add -bench.full -timeout 0, or ask for it: -bench Growth")
	}
	return []int{1_000, 10_000, 100_000}
}

// BenchmarkGrowth does the same operations among more and more sessions.
func BenchmarkGrowth(b *testing.B) {
	sessions := growthSessions(b)
	eachMeter(b, func(c target.Config, m *growth.Meter) {
		for _, n := range sessions {
			if growth.Reaches(c, n) {
				g := &grown{ctx: b.Context(), config: c, meter: m, sessions: n}
				g.benchAll(b)
			}
		}
	})
}

// grows has the operations that differ in what they have to find.
var grows = map[string]bool{"Get": true, "Set": true, "Touch": true, "CompareAndSwap": true}

// BenchmarkGrowthCost has what sessions take while they are stored, and what it
// takes to be rid of them when all end at one moment.
func BenchmarkGrowthCost(b *testing.B) {
	sessions := growthSessions(b)
	eachMeter(b, func(c target.Config, m *growth.Meter) {
		if !growth.HasCost(c) {
			return
		}
		for _, n := range sessions {
			b.Run(fmt.Sprintf("sessions=%s/backend=%s/durability=%s", figures.Count(n), c.Backend, c.Durability),
				func(b *testing.B) { benchCost(b, m, n) })
		}
	})
}

// eachMeter calls f with a meter of each backend that can run, on a server of
// its own where that can be had: what others have stored there would count.
func eachMeter(b *testing.B, f func(target.Config, *growth.Meter)) {
	m := begin(b)
	for _, e := range m.entries {
		t, err := e.Config.Open(b.Context(), m.dir)
		if err != nil {
			b.Fatal(err)
		}
		f(e.Config, growth.New(t, growth.Setup{SizeBytes: growthBytes}))
		if err := t.Close(); err != nil {
			b.Error(err)
		}
	}
}

// grown is a number of sessions that are stored when the first benchmark needs
// them.
type grown struct {
	ctx      context.Context // longer than any one of them
	config   target.Config
	meter    *growth.Meter
	sessions int

	once sync.Once
	room *growth.Room
	err  error
}

func (g *grown) benchAll(b *testing.B) {
	for _, w := range storetest.Workloads() {
		if grows[w.Name] {
			g.bench(b, w, 64)
			g.bench(b, w, 1)
		}
	}
	g.close(b)
}

// bench uses one load in all attempts of the benchmark: the ids of a million
// sessions take their time.
func (g *grown) bench(b *testing.B, w storetest.Workload, clients int) {
	var load *timedLoad
	b.Run(fmt.Sprintf("op=%s/sessions=%s/clients=%d/backend=%s/durability=%s",
		w.Name, figures.Count(g.sessions), clients, g.config.Backend, g.config.Durability), func(b *testing.B) {
		if load == nil {
			load = g.load(b, w, clients)
		}
		load.bench(b)
		g.check(b)
	})
}

// load returns a load on the sessions, which are stored by then.
func (g *grown) load(b *testing.B, w storetest.Workload, clients int) *timedLoad {
	g.once.Do(func() { g.room, g.err = g.meter.Fill(g.ctx, g.sessions) })
	if g.err != nil {
		b.Fatal(g.err)
	}
	return newTimedLoad(&storetest.Load{
		Store: g.room.Store, Workload: w, Sessions: g.sessions, SizeBytes: growthBytes, Clients: clients,
	})
}

// check fails where a session was evicted.
func (g *grown) check(b *testing.B) {
	if err := g.room.Check(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
}

func (g *grown) close(b *testing.B) {
	if g.room == nil {
		return
	}
	if err := g.room.Close(g.ctx); err != nil {
		b.Error(err)
	}
}

func benchCost(b *testing.B, m *growth.Meter, sessions int) {
	var cost figures.Cost
	for range b.N {
		var err error
		cost, err = m.Cost(b.Context(), sessions)
		if errors.Is(err, growth.ErrCrowded) {
			b.Skip(err)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, metric := range cost.Metrics() {
		b.ReportMetric(metric.Value, metric.Unit)
	}
	b.ReportMetric(0, "ns/op")
}
