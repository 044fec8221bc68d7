package report

import "math"

// axis places values by their logarithm between two positions.
type axis struct {
	low, high float64 // exponents of ten, whole
	from, to  float64 // positions
}

// newAxis returns an axis over whole powers of ten that has room for all of
// the values above 0.
func newAxis(values []float64, from, to float64) axis {
	a := axis{math.Inf(1), math.Inf(-1), from, to}
	for _, v := range values {
		if v > 0 {
			a.low = min(a.low, math.Floor(math.Log10(v)))
			a.high = max(a.high, math.Ceil(math.Log10(v)))
		}
	}
	if a.low > a.high {
		a.low, a.high = 0, 1
	}
	if a.low == a.high {
		a.high++
	}
	return a
}

// at returns a value's position; what is too small lies at the beginning.
func (a axis) at(value float64) float64 {
	exponent := a.low
	if value > 0 {
		exponent = min(max(math.Log10(value), a.low), a.high)
	}
	return round1(a.from + (exponent-a.low)/(a.high-a.low)*(a.to-a.from))
}

// ticks returns the powers of ten; those that have a label are no closer than
// room.
func (a axis) ticks(room float64) []tick {
	each := math.Abs(a.to-a.from) / (a.high - a.low)
	step := math.Max(1, math.Ceil(room/each))
	var all []tick
	for exponent := a.low; exponent <= a.high; exponent++ {
		labelled := math.Mod(exponent-a.low, step) == 0
		all = append(all, tick{math.Pow(10, exponent), labelled})
	}
	return all
}

type tick struct {
	value    float64
	labelled bool
}

// round1 keeps the page small.
func round1(v float64) float64 { return math.Round(v*10) / 10 }
