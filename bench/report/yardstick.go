package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// yardstick is the one comparison that verdicts about speed rest on: the mix of
// a web application with as many clients as were tried, or what comes nearest.
type yardstick struct {
	op        string
	sizeBytes int
	clients   int
	ranking   []figures.Latency // the fastest first
}

// newYardstick returns what the run's verdicts rest on; its ranking is empty
// where there is no figure at all.
func newYardstick(run *figures.Run) yardstick {
	var y yardstick
	for _, l := range run.Latencies {
		if !math.IsNaN(l.PerSecond) && y.prefers(l) {
			y = yardstick{op: l.Op, sizeBytes: l.SizeBytes, clients: l.Clients}
		}
	}
	for _, l := range run.Latencies {
		if y.has(l) {
			y.ranking = append(y.ranking, l)
		}
	}
	slices.SortStableFunc(y.ranking, func(a, b figures.Latency) int { return cmp.Compare(b.PerSecond, a.PerSecond) })
	return y
}

// prefers reports whether a figure is a better measure than the present one.
func (y yardstick) prefers(l figures.Latency) bool {
	rank := func(op string, sizeBytes, clients int) []int {
		return []int{
			slices.Index([]string{"Get", "Web"}, op), // -1 for any other
			-int(math.Abs(float64(sizeBytes - 1024))),
			clients,
		}
	}
	return y.op == "" || slices.Compare(rank(l.Op, l.SizeBytes, l.Clients), rank(y.op, y.sizeBytes, y.clients)) > 0
}

func (y yardstick) has(l figures.Latency) bool {
	return l.Op == y.op && l.SizeBytes == y.sizeBytes && l.Clients == y.clients && !math.IsNaN(l.PerSecond)
}

// String says what was measured, and nothing where nothing was.
func (y yardstick) String() string {
	op := y.op
	switch op {
	case "":
		return ""
	case "Web":
		op = "the web mix (90 % Get, 8 % Touch, 2 % Set)"
	}
	return fmt.Sprintf("operations a second of %s, %s of data in a session, %s", op, size(float64(y.sizeBytes)), clients(y.clients))
}

func clients(n int) string {
	if n == 1 {
		return "1 client"
	}
	return fmt.Sprintf("%d clients", n)
}
