package figures

import "strconv"

// Latency says how long one operation took on one target, and how many were
// done in a second.
type Latency struct {
	Op        string // a name of storetest.Workloads
	SizeBytes int    // of a session's data
	Clients   int    // that worked at the same time
	Target
	N int // operations measured
	Percentiles
	PerSecond float64
}

func (l Latency) row() *row {
	r := newRow(l.Op, l.N, "size", Size(l.SizeBytes), "clients", strconv.Itoa(l.Clients),
		"backend", l.Backend, "durability", l.Durability)
	l.write(r)
	r.add(rounded(l.PerSecond), "ops/s")
	return r
}

func (r *row) latency() Latency {
	return Latency{
		Op: r.name, SizeBytes: r.number("size", parseAmount), Clients: r.clients(), Target: r.target(),
		N: r.n, Percentiles: r.percentiles(), PerSecond: r.value("ops/s"),
	}
}

// Latency returns the figures of an operation, and false where the run has
// none.
func (r *Run) Latency(op string, sizeBytes, clients int, t Target) (Latency, bool) {
	for _, l := range r.Latencies {
		if l.Op == op && l.SizeBytes == sizeBytes && l.Clients == clients && l.Target == t {
			return l, true
		}
	}
	return Latency{}, false
}

// Baseline is what an operation of this machine costs without any store: a
// round trip to a server that does nothing, a write that reaches the disk.
type Baseline struct {
	What string // redis-PING, postgres-SELECT-1, memcached-version, fdatasync-4KiB
	N    int
	Percentiles
}

func (b Baseline) row() *row {
	r := newRow("Baseline", b.N, "what", b.What)
	b.write(r)
	return r
}

func (r *row) baseline() Baseline {
	return Baseline{What: r.key("what"), N: r.n, Percentiles: r.percentiles()}
}

// Noise is one target measured twice in one run: how far two figures may lie
// apart that say the same.
type Noise struct {
	Op        string
	SizeBytes int
	Clients   int
	Target
	Ratio    float64 // of the operations a second, the second over the first
	P50Ratio float64 // of the medians; NaN where they were not kept
}

func (n Noise) row() *row {
	r := newRow("Noise", 1, "op", n.Op, "size", Size(n.SizeBytes), "clients", strconv.Itoa(n.Clients),
		"backend", n.Backend, "durability", n.Durability)
	r.add(rounded(n.Ratio), "ratio")
	r.add(rounded(n.P50Ratio), "p50-ratio")
	return r
}

func (r *row) noise() Noise {
	return Noise{
		Op: r.key("op"), SizeBytes: r.number("size", parseAmount), Clients: r.clients(),
		Target: r.target(), Ratio: r.value("ratio"), P50Ratio: r.value("p50-ratio"),
	}
}
