package figures

import (
	"math"
	"slices"
	"strconv"
)

// Growth says how long an operation took among many stored sessions.
type Growth struct {
	Op       string
	Sessions int // stored
	Clients  int // 0 where the file does not say
	Target
	N int
	Percentiles
	PerSecond float64
}

func (g Growth) row() *row {
	r := newRow("Growth", g.N, "op", g.Op, "sessions", Count(g.Sessions), "clients", strconv.Itoa(g.Clients),
		"backend", g.Backend, "durability", g.Durability)
	g.write(r)
	r.add(rounded(g.PerSecond), "ops/s")
	return r
}

func (r *row) growth() Growth {
	return Growth{
		Op: r.key("op"), Sessions: r.number("sessions", parseAmount), Clients: r.clients(), Target: r.target(),
		N: r.n, Percentiles: r.percentiles(), PerSecond: r.value("ops/s"),
	}
}

// Cost says what a number of stored sessions takes. Each value may be NaN.
type Cost struct {
	Sessions int
	Target

	// BytesPerSession is heap for memory, else what the server or the file
	// takes, over what it takes when empty.
	BytesPerSession float64

	LoadNs      float64 // to store one, in bulk by many clients
	ExpireNs    float64 // until all that expired together were gone, for one
	ExpireCPUNs float64 // of the server for it, without what it does for others, for one
	LongestNs   float64 // the longest operation of a client meanwhile
	QuietNs     float64 // the longest one just before
	GCPercent   float64 // of the processor time, for memory while it was loaded
}

// Metric is a value with the unit that a results file has for it.
type Metric struct {
	Value float64
	Unit  string
}

// Metrics returns what was measured.
func (c Cost) Metrics() []Metric {
	return slices.DeleteFunc([]Metric{
		{c.BytesPerSession, "B/session"},
		{c.LoadNs, "load-ns/session"},
		{c.ExpireNs, "expire-ns/session"},
		{c.ExpireCPUNs, "expire-cpu-ns/session"},
		{c.LongestNs, "longest-ns"},
		{c.QuietNs, "quiet-ns"},
		{c.GCPercent, "gc-percent"},
	}, func(m Metric) bool { return math.IsNaN(m.Value) })
}

func (c Cost) row() *row {
	r := newRow("GrowthCost", 1, "sessions", Count(c.Sessions), "backend", c.Backend, "durability", c.Durability)
	for _, m := range c.Metrics() {
		r.add(rounded(m.Value), m.Unit)
	}
	return r
}

func (r *row) cost() Cost {
	return Cost{
		Sessions: r.number("sessions", parseAmount), Target: r.target(),
		BytesPerSession: r.value("B/session"), LoadNs: r.value("load-ns/session"), ExpireNs: r.value("expire-ns/session"),
		ExpireCPUNs: r.value("expire-cpu-ns/session"), LongestNs: r.value("longest-ns"), QuietNs: r.value("quiet-ns"),
		GCPercent: r.value("gc-percent"),
	}
}
