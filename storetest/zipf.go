package storetest

import (
	"math"
	"math/rand/v2"
	"sort"
)

// zipf draws sessions of which some are far more popular than others: the one
// of rank r is drawn in proportion to 1/r^0.99, as YCSB does it. (The standard
// library's Zipf takes only exponents above 1.)
type zipf struct {
	upTo  []float64 // the probability of a rank or one before it
	order scatter   // which session has which rank
}

const zipfExponent = 0.99

func newZipf(n int) zipf {
	upTo := make([]float64, n)
	sum := 0.0
	for i := range upTo {
		sum += math.Pow(float64(i+1), -zipfExponent)
		upTo[i] = sum
	}
	for i := range upTo {
		upTo[i] /= sum
	}
	return zipf{upTo, newScatter(n)}
}

func (z zipf) draw(r *rand.Rand) int {
	rank := sort.SearchFloat64s(z.upTo, r.Float64())
	return z.order.at(min(rank, len(z.upTo)-1))
}

// scatter puts the numbers below n in an order in which neighbours are far
// apart: sessions that were stored one after the other share pages.
type scatter struct{ n, stride int }

func newScatter(n int) scatter {
	stride := max(1, int(float64(n)*0.618))
	for gcd(stride, n) != 1 {
		stride++
	}
	return scatter{n, stride}
}

func (s scatter) at(i int) int { return int(uint64(i) * uint64(s.stride) % uint64(s.n)) }

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
