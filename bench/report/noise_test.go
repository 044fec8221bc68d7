package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// noisy is a line for one backend measured twice.
func noisy(op string, clients int, ratio float64) string {
	return fmt.Sprintf("BenchmarkNoise/op=%s/clients=%d/backend=redis/durability=always 1 %v ratio", op, clients, ratio)
}

// TestNoiseOfOperation: what another operation differs by says little of this
// one, and is taken only where this one was not measured twice.
func TestNoiseOfOperation(t *testing.T) {
	r := run(t, noisy("Get", 1, 0.5), noisy("Web", 64, 1.1), noisy("Web", 1, 3),
		"BenchmarkPeers/op=Web/clients=64/backend=redis/peer=ours-again 10 5 p50-ns 0.8 ratio",
		"BenchmarkPeers/op=Web/clients=64/backend=redis/peer=theirs 10 5 p50-ns 9 ratio")
	for _, c := range []struct {
		op      string
		clients int
		want    float64
	}{{"Web", 64, 0.25}, {"Get", 1, 1}, {"Set", 64, 2}} {
		if got := noise(r, c.op, c.clients); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s with %d clients: %v, want %v", c.op, c.clients, got, c.want)
		}
	}
	if got := noise(run(t, web("bolt", "sync", 5)), "Web", 64); got != assumedNoise {
		t.Errorf("where nothing was measured twice: %v, want %v", got, assumedNoise)
	}
	want := "differed with 1 client by up to 100 % in half of the cases and by 200 % at most, " +
		"with 64 clients by up to 11 % in half of the cases and by 25 % at most."
	if got := noiseText(r); !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want it to end in %q", got, want)
	}
	r = run(t, noisy("Get", 1, 1)+" 0.5 p50-ratio")
	if got, want := noiseText(r), "; medians with 1 client by up to 100 % in half of the cases and by 100 % at most."; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want it to end in %q", got, want)
	}
}

// TestNoiseOfSizes: one operation with two sizes of data is two cases, of which
// the worse is not averaged away.
func TestNoiseOfSizes(t *testing.T) {
	sized := func(size string, ratio float64) string {
		return strings.Replace(noisy("Get", 64, ratio), "/clients", "/size="+size+"/clients", 1)
	}
	r := run(t, sized("128B", 1), sized("1KiB", 1.01), sized("16KiB", 2))
	if got := noise(r, "Get", 64); got != 1 {
		t.Errorf("got %v, want that of the size that differs most", got)
	}
}

// TestNoiseOfColumn: a ratio to others is judged by ours in the same column.
func TestNoiseOfColumn(t *testing.T) {
	r := run(t, noisy("Get", 1, 3))
	get := column{"Get", 1}
	for ratio, want := range map[float64]float64{0.8: 0.25, 1.3: 0.3, 1.01: leastNoise} {
		got := noiseOf(map[column]figures.Peer{get: {Ratio: ratio}}, get, r)
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("ours again is %v: %v, want %v", ratio, got, want)
		}
	}
	if got := noiseOf(nil, get, r); got != 2 {
		t.Errorf("without ours again: %v, want that of the run", got)
	}
}
