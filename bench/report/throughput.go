package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// throughput shows how many operations a second were done, with few clients
// and with many: an open dot and a filled one.
func throughput(id string, few, many []figures.Latency, a axis) drawing {
	first := many[0]
	title := fmt.Sprintf("%s: operations a second", first.Op)
	c := newRowChart(id, title, spokenRates(many), len(many), a, shortRate)
	for _, l := range many {
		y := c.row(l.Target.String(), rate(l.PerSecond))
		x := a.at(l.PerSecond)
		if other, ok := sameTarget(few, l.Target); ok && other.Clients != l.Clients {
			c.line("whisker "+hue(l.Backend), a.at(other.PerSecond), y, x, y)
			c.dot("open "+hue(l.Backend), a.at(other.PerSecond), y, 4)
		}
		c.dot(hue(l.Backend), x, y, 4.5)
	}
	return c.drawing
}

func sameTarget(latencies []figures.Latency, t figures.Target) (figures.Latency, bool) {
	for _, l := range latencies {
		if l.Target == t && !math.IsNaN(l.PerSecond) {
			return l, true
		}
	}
	return figures.Latency{}, false
}

// shortRate writes a rate beside an axis.
func shortRate(perSecond float64) string { return power(rate(perSecond)) }

func spokenRates(latencies []figures.Latency) string {
	words := []string{fmt.Sprintf("With %s", clients(latencies[0].Clients))}
	for _, l := range latencies {
		words = append(words, fmt.Sprintf("%s: %s", l.Target, rate(l.PerSecond)))
	}
	return strings.Join(words, "; ")
}

// rateAxis has room for all operations of the run.
func rateAxis(run *figures.Run) axis {
	var values []float64
	for _, l := range run.Latencies {
		values = append(values, l.PerSecond)
	}
	return newAxis(values, plotLeft, plotRight)
}
