package report

import (
	"fmt"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// distribution shows how long one operation took: a line from the 10th to the
// 99th percentile, a bar over the middle half, a mark at the median, and a dot
// at the 999th of a thousand.
func distribution(id string, latencies []figures.Latency, a axis) drawing {
	first := latencies[0]
	title := fmt.Sprintf("%s, %s: time of one operation", first.Op, clients(first.Clients))
	c := newRowChart(id, title, spoken(latencies), len(latencies), a, short)
	for _, l := range latencies {
		y := c.row(l.Target.String(), duration(float64(l.Median())))
		c.distribute(hue(l.Backend), y, l.Percentiles)
	}
	return c.drawing
}

// distribute draws what is there of the percentiles.
func (c *rowChart) distribute(class string, y float64, p figures.Percentiles) {
	at := func(share float64) (float64, bool) {
		ns, ok := p.At(share)
		return c.axis.at(float64(ns)), ok
	}
	begin, hasBegin := at(0.10)
	end, hasEnd := at(0.99)
	if !hasEnd {
		end, hasEnd = at(0.90)
	}
	if hasBegin && hasEnd {
		c.line("whisker "+class, begin, y, end, y)
	}
	left, hasLeft := at(0.25)
	right, hasRight := at(0.75)
	if hasLeft && hasRight {
		c.Boxes = append(c.Boxes, box{class, left, y - 5, max(round1(right-left), 1.5), 10})
	}
	if x, ok := at(0.5); ok {
		c.line("median "+class, x, y-7, x, y+7)
	}
	if x, ok := at(0.99); ok {
		c.line("whisker "+class, x, y-4, x, y+4)
	}
	if x, ok := at(0.999); ok {
		c.dot("tail "+class, x, y, 2)
	}
}

// short writes a duration beside an axis.
func short(ns float64) string { return power(duration(ns)) }

// spoken lists the medians and the 99th percentiles.
func spoken(latencies []figures.Latency) string {
	var words []string
	for _, l := range latencies {
		each := fmt.Sprintf("%s: median %s", l.Target, duration(float64(l.Median())))
		if p99, ok := l.At(0.99); ok {
			each += ", 99 of 100 within " + duration(float64(p99))
		}
		words = append(words, each)
	}
	return strings.Join(words, "; ")
}

// latencyAxis has room for all operations of the run, so that charts can be
// compared with each other.
func latencyAxis(run *figures.Run) axis {
	var values []float64
	for _, l := range run.Latencies {
		for _, p := range l.Percentiles {
			if p.Share >= 0.1 && p.Share < 1 {
				values = append(values, float64(p.At))
			}
		}
	}
	return newAxis(values, plotLeft, plotRight)
}
