package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// Where the parts of a growth chart are.
const (
	curveLeft   = 44
	curveRight  = 262
	curveTop    = 8
	curveBottom = 228
	curveHeight = 250
	nameHeight  = 12 // of the names at the curves' ends
)

// curve is how the median of one target goes with the sessions stored.
type curve struct {
	target figures.Target
	points []figures.Growth // by the number of sessions
}

// growthChart draws the medians of one operation over the number of stored
// sessions, both by their logarithms.
func growthChart(id string, growths []figures.Growth) drawing {
	var counts, medians []float64
	for _, g := range growths {
		counts = append(counts, float64(g.Sessions))
		medians = append(medians, float64(g.Median()))
	}
	x, y := newAxis(counts, curveLeft, curveRight), newAxis(medians, curveBottom, curveTop)
	first := growths[0]
	d := drawing{
		ID: id, Width: chartWidth, Height: curveHeight,
		Title: fmt.Sprintf("%s, %s: median over stored sessions", first.Op, clients(max(first.Clients, 1))),
		Desc:  spokenGrowth(curves(growths)),
	}
	d.grid(x, y)
	d.curves(curves(growths), x, y)
	return d
}

// grid draws both axes.
func (d *drawing) grid(x, y axis) {
	for _, t := range x.ticks(labelRoom) {
		at := x.at(t.value)
		d.line("grid", at, curveTop, at, curveBottom)
		if t.labelled {
			d.text("tick", at, curveBottom+12, "middle", figures.Count(int(t.value)))
		}
	}
	for _, t := range y.ticks(nameHeight) {
		at := y.at(t.value)
		d.line("grid", curveLeft, at, curveRight, at)
		if t.labelled {
			d.text("tick", curveLeft-4, at, "end", short(t.value))
		}
	}
}

// curves draws each one, with its name at the end.
func (d *drawing) curves(all []curve, x, y axis) {
	var ends []float64
	for _, c := range all {
		ends = append(ends, y.at(float64(c.last().Median())))
	}
	for i, place := range apart(ends, nameHeight, curveTop, curveBottom) {
		c := all[i]
		class := hue(c.target.Backend) + " set-" + c.target.Durability
		d.Paths = append(d.Paths, path{"curve " + class, c.d(x, y)})
		for _, p := range c.points {
			d.dot(hue(c.target.Backend), x.at(float64(p.Sessions)), y.at(float64(p.Median())), 2.2)
		}
		d.line("leader "+hue(c.target.Backend), x.at(float64(c.last().Sessions))+3, ends[i], curveRight+8, place)
		d.text("name", curveRight+10, place, "start", c.target.String())
	}
}

func (c curve) last() figures.Growth { return c.points[len(c.points)-1] }

// d returns the curve as the data of an SVG path.
func (c curve) d(x, y axis) string {
	var b strings.Builder
	for i, p := range c.points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&b, "%s%g %g", command, x.at(float64(p.Sessions)), y.at(float64(p.Median())))
	}
	return b.String()
}

// curves sorts the results of one operation by target and number of sessions.
func curves(growths []figures.Growth) []curve {
	var all []curve
	for _, g := range growths {
		i := slices.IndexFunc(all, func(c curve) bool { return c.target == g.Target })
		if i < 0 {
			i = len(all)
			all = append(all, curve{target: g.Target})
		}
		all[i].points = append(all[i].points, g)
	}
	for _, c := range all {
		slices.SortFunc(c.points, func(a, b figures.Growth) int { return cmp.Compare(a.Sessions, b.Sessions) })
	}
	return all
}

// apart moves positions so that any two are at least room from each other,
// within two limits as far as there is room.
func apart(positions []float64, room, from, to float64) []float64 {
	order := make([]int, len(positions))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(positions[a], positions[b]) })
	placed := slices.Clone(positions)
	low := from
	for _, i := range order {
		placed[i] = max(placed[i], low)
		low = placed[i] + room
	}
	high := to
	for _, i := range slices.Backward(order) {
		placed[i] = min(placed[i], high)
		high = placed[i] - room
	}
	return placed
}

func spokenGrowth(all []curve) string {
	var words []string
	for _, c := range all {
		first, last := c.points[0], c.last()
		words = append(words, fmt.Sprintf("%s: %s at %s sessions, %s at %s", c.target,
			duration(float64(first.Median())), figures.Count(first.Sessions),
			duration(float64(last.Median())), figures.Count(last.Sessions)))
	}
	return strings.Join(words, "; ")
}
