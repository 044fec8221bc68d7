package bench

import (
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// mostN is the number of operations at which go test asks for no more.
const mostN = 1e9

// measuredBefore makes n the number of operations of a result that was measured
// before. Where nothing takes time, go test asks for more operations until it has
// asked for mostN. A smaller number before that would be what it reckons with,
// and would make it ask for one more each time, for hours.
func measuredBefore(b *testing.B, n int) {
	if b.N >= mostN {
		//lint:ignore SA3001 of what go test asks for, nothing is done
		b.N = n
	}
}

// TestMeasuredBefore: a result of few operations ends, and says how few.
func TestMeasuredBefore(t *testing.T) {
	results := make(chan testing.BenchmarkResult, 1)
	go func() {
		results <- testing.Benchmark(func(b *testing.B) {
			reportPeer(b, figures.Peer{N: 4, PerSecond: 8, Ratio: 0.5})
		})
	}()
	select {
	case r := <-results:
		if r.N != 4 || r.Extra["ratio"] != 0.5 {
			t.Errorf("got %d operations and the ratio %v, want 4 and 0.5", r.N, r.Extra["ratio"])
		}
	case <-time.After(time.Minute):
		t.Fatal("go test asks for more and more operations")
	}
}
