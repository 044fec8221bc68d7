package peers

import (
	"slices"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/measure"
)

// Result is what was measured of one peer beside ours.
type Result struct {
	figures.Peer

	// Low and High are the least and the greatest of the rounds' ratios, whose
	// median is Ratio.
	Low, High float64
}

// newResult completes what is known of theirs by what was measured.
func newResult(ours, theirs measure.Sample, p figures.Peer) Result {
	p.N = int(theirs.Ops)
	p.Percentiles = figures.Measure(theirs.Ops, theirs.Hist.ValueAtPercentile)
	p.PerSecond = theirs.PerSecond()
	r := ratios(ours.Rounds, theirs.Rounds)
	p.Ratio = median(r)
	return Result{p, r[0], r[len(r)-1]}
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
