package figures

import "strconv"

// Peer is somebody else's package beside ours on one operation, in the same
// rounds.
type Peer struct {
	Op      string
	Clients int
	Backend string
	Peer    string // scs-goredisstore; ours-again, which is the noise; limit-… for the bare client
	N       int
	Percentiles
	PerSecond float64
	Ratio     float64 // ours over theirs, the median of the rounds: above 1 ours is faster

	// RatioLow and RatioHigh are the least and the greatest of the rounds'
	// ratios.
	RatioLow, RatioHigh float64
}

func (p Peer) row() *row {
	r := newRow("Peers", p.N, "op", p.Op, "clients", strconv.Itoa(p.Clients), "backend", p.Backend, "peer", p.Peer)
	p.write(r)
	r.add(rounded(p.PerSecond), "ops/s")
	r.add(rounded(p.Ratio), "ratio")
	r.add(rounded(p.RatioLow), "ratio-low")
	r.add(rounded(p.RatioHigh), "ratio-high")
	return r
}

func (r *row) peer() Peer {
	return Peer{
		Op: r.key("op"), Clients: r.clients(), Backend: r.key("backend"), Peer: r.key("peer"),
		N: r.n, Percentiles: r.percentiles(), PerSecond: r.value("ops/s"), Ratio: r.value("ratio"),
		RatioLow: r.value("ratio-low"), RatioHigh: r.value("ratio-high"),
	}
}
