package figures

import "time"

// Percentile says that a share of the operations took no longer than At.
type Percentile struct {
	Share float64 // 0.5 is the median, 1 the slowest
	At    time.Duration
}

// Percentiles are in the order of their shares. Those that too few operations
// would make a guess are left out.
type Percentiles []Percentile

// names of the percentiles in a file, with the number of operations below
// which one says nothing: ten of them must be slower.
var percentileNames = []struct {
	unit    string
	share   float64
	samples int
}{
	{"p10-ns", 0.10, 1}, {"p25-ns", 0.25, 1}, {"p50-ns", 0.50, 1}, {"p75-ns", 0.75, 1},
	{"p90-ns", 0.90, 100}, {"p95-ns", 0.95, 200}, {"p99-ns", 0.99, 1000},
	{"p999-ns", 0.999, 10000}, {"max-ns", 1, 1},
}

// At returns the time within which that share of the operations ended, and
// false where it was not measured.
func (p Percentiles) At(share float64) (time.Duration, bool) {
	for _, each := range p {
		if each.Share == share {
			return each.At, true
		}
	}
	return 0, false
}

// Median returns half of the operations' longest time, or 0.
func (p Percentiles) Median() time.Duration {
	at, _ := p.At(0.5)
	return at
}

// Measure returns the percentiles of n operations that mean something, by a
// function from percent to nanoseconds such as an HDR histogram has.
func Measure(n int64, valueAt func(percent float64) int64) Percentiles {
	var p Percentiles
	for _, each := range percentileNames {
		if n >= int64(each.samples) {
			p = append(p, Percentile{each.share, time.Duration(valueAt(each.share * 100))})
		}
	}
	return p
}

// write adds the percentiles to a row.
func (p Percentiles) write(r *row) {
	for _, each := range percentileNames {
		if at, ok := p.At(each.share); ok {
			r.add(float64(at), each.unit)
		}
	}
}

// percentiles reads what a row has of them.
func (r *row) percentiles() Percentiles {
	var p Percentiles
	for _, each := range percentileNames {
		if ns, ok := r.values[each.unit]; ok {
			p = append(p, Percentile{each.share, time.Duration(ns)})
		}
	}
	return p
}
