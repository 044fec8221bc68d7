package peers

import (
	"slices"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/measure"
)

// complete returns p with what was measured.
func complete(p figures.Peer, ours, theirs measure.Sample) figures.Peer {
	p.N = int(theirs.Ops)
	p.Percentiles = figures.Measure(theirs.Ops, theirs.Hist.ValueAtPercentile)
	p.PerSecond = theirs.PerSecond()
	r := ratios(ours.Rounds, theirs.Rounds)
	p.Ratio, p.RatioLow, p.RatioHigh = median(r), r[0], r[len(r)-1]
	return p
}

// ratios returns ours over theirs of each round, sorted. Rounds of one number
// were measured one after the other.
func ratios(ours, theirs []float64) []float64 {
	r := make([]float64, len(ours))
	for i := range r {
		r[i] = ours[i] / theirs[i]
	}
	slices.Sort(r)
	return r
}

// median returns the middle of sorted values, or the mean of the middle two.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
