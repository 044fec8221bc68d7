package storetest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestZipf: the most popular session is drawn twice as often as the second, as
// near as 2^0.99 is to 2, and every session has its rank.
func TestZipf(t *testing.T) {
	const n, draws = 1000, 1_000_000
	z := newZipf(n)
	r := rand.New(rand.NewPCG(1, 1))
	counts := make([]float64, n)
	for range draws {
		counts[z.draw(r)]++
	}
	slices.SortFunc(counts, func(a, b float64) int { return int(b - a) })
	for rank := 1; rank < 5; rank++ {
		want := math.Pow(float64(rank+1), zipfExponent)
		if got := counts[0] / counts[rank]; math.Abs(got-want) > want/20 {
			t.Errorf("the first is drawn %.2f times as often as rank %d, want %.2f", got, rank+1, want)
		}
	}
	if counts[n-1] == 0 {
		t.Errorf("a session of %d was never drawn", n)
	}
}

func TestScatterIsAPermutation(t *testing.T) {
	for _, n := range []int{1, 2, 3, 6, 64, 156, 1000, 10_007} {
		seen := make([]bool, n)
		for i := range n {
			at := newScatter(n).at(i)
			if seen[at] {
				t.Fatalf("of %d: %d comes twice", n, at)
			}
			seen[at] = true
		}
	}
	if s := newScatter(1000); s.at(1)-s.at(0) < 100 {
		t.Errorf("neighbours stay near: %d and %d of 1000", s.at(0), s.at(1))
	}
}
