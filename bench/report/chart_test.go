package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

var nan = math.NaN()

func TestAxis(t *testing.T) {
	a := newAxis([]float64{nan, 0, 300, 20_000}, 100, 300)
	for value, want := range map[float64]float64{100: 100, 1000: 166.7, 100_000: 300, 1: 100, 0: 100, 1e9: 300} {
		if got := a.at(value); got != want {
			t.Errorf("%v is at %v, want %v", value, got, want)
		}
	}
	var labelled []float64
	for _, tick := range a.ticks(100) {
		if tick.labelled {
			labelled = append(labelled, tick.value)
		}
	}
	if want := []float64{100, 10_000}; !slices.Equal(labelled, want) {
		t.Errorf("labels at %v, want %v: the others have no room", labelled, want)
	}
	if one := newAxis([]float64{100}, 0, 10); one.low == one.high {
		t.Error("an axis with one value has no length")
	}
	if none := newAxis(nil, 0, 10); none.at(5) < 0 || none.at(5) > 10 {
		t.Errorf("an axis without values places 5 at %v", none.at(5))
	}
}

// TestApart: names have room, keep their order, and stay inside.
func TestApart(t *testing.T) {
	for _, positions := range [][]float64{{50, 50, 50}, {5, 5, 100, 99}, {98, 99, 100}, {0}, nil, {70, 20, 45}} {
		got := apart(positions, 10, 0, 100)
		order := make([]int, len(got))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return int(1000*got[a]) - int(1000*got[b]) })
		for i, at := range order {
			if got[at] < 0 || got[at] > 100 {
				t.Errorf("%v: %v lies outside", positions, got)
			}
			if i > 0 && (got[at]-got[order[i-1]] < 10 || positions[at] < positions[order[i-1]]) {
				t.Errorf("%v: %v, want room and the same order", positions, got)
			}
		}
	}
	if got := apart([]float64{20, 50}, 10, 0, 100); !slices.Equal(got, []float64{20, 50}) {
		t.Errorf("what has room was moved to %v", got)
	}
}

// TestDistribution: each percentile is where the axis has it, and what was not
// measured is not drawn.
func TestDistribution(t *testing.T) {
	const name = "BenchmarkGet/size=1KiB/clients=1/backend=bolt/durability=sync 5 "
	full := run(t, name+"1000 p10-ns 2000 p25-ns 5000 p50-ns 10000 p75-ns 50000 p90-ns 100000 p99-ns 1000000 p999-ns 7 ops/s")
	a := newAxis([]float64{1e3, 1e6}, 100, 400)
	d := distribution("x", full.Latencies, a)
	if len(d.Boxes) != 1 || d.Boxes[0].X != a.at(2000) || d.Boxes[0].Width != round1(a.at(10000)-a.at(2000)) {
		t.Errorf("the bar is %+v, want it from p25 to p75", d.Boxes)
	}
	if !slices.ContainsFunc(d.Lines, func(l line) bool { return l.X1 == a.at(1000) && l.X2 == a.at(100000) && l.Y1 == l.Y2 }) {
		t.Errorf("no line from p10 to p99: %+v", d.Lines)
	}
	if len(d.Dots) != 1 || d.Dots[0].X != 400 {
		t.Errorf("the dot is %+v, want it at p99.9", d.Dots)
	}
	if !strings.Contains(d.Desc, "bolt-sync: median 5.00"+nbsp+"µs") {
		t.Errorf("the description is %q", d.Desc)
	}
	d = distribution("x", run(t, name+"5000 p50-ns").Latencies, a)
	if len(d.Boxes)+len(d.Dots) != 0 {
		t.Errorf("a median alone draws %+v %+v", d.Boxes, d.Dots)
	}
}

// TestGrowthChart: points lie in order of the sessions, whatever the file's.
func TestGrowthChart(t *testing.T) {
	growth := func(sessions string, ns int) string {
		return fmt.Sprintf("BenchmarkGrowth/op=Get/sessions=%s/clients=64/backend=bolt/durability=sync 5 %d p50-ns", sessions, ns)
	}
	charts := growthCharts(run(t, growth("100k", 1000), growth("1k", 10), growth("10k", 100)))
	if len(charts) != 1 || len(charts[0].Paths) != 1 {
		t.Fatalf("got %+v, want one chart with one curve", charts)
	}
	want := fmt.Sprintf("M%d %dL%d %gL%d %d", curveLeft, curveBottom, (curveLeft+curveRight)/2, float64(curveBottom+curveTop)/2, curveRight, curveTop)
	if got := charts[0].Paths[0].D; got != want {
		t.Errorf("the curve is %s, want %s", got, want)
	}
}

// TestThroughput: the open dot has the fewest clients, the filled one the most.
func TestThroughput(t *testing.T) {
	line := func(clients, perSecond int) string {
		return fmt.Sprintf("BenchmarkGet/size=1KiB/clients=%d/backend=bolt/durability=sync 5 10 p50-ns %d ops/s", clients, perSecond)
	}
	r := run(t, line(64, 10_000), line(1, 1000), line(8, 5000))
	ops := operations(r)
	if len(ops) != 1 || len(ops[0].Charts) != 4 {
		t.Fatalf("got %+v, want three charts of times and one of rates", ops)
	}
	rates := ops[0].Charts[3]
	a := rateAxis(r)
	if len(rates.Dots) != 2 || !strings.HasPrefix(rates.Dots[0].Class, "open") || rates.Dots[0].X != a.at(1000) || rates.Dots[1].X != a.at(10_000) {
		t.Errorf("dots %+v, want an open one at %v and a filled one at %v", rates.Dots, a.at(1000), a.at(10_000))
	}
}

// TestSizes: the table of sizes has the operations that were measured with all
// of them, and is no wider than a page.
func TestSizes(t *testing.T) {
	line := func(op, size string) string {
		return fmt.Sprintf("Benchmark%s/size=%s/clients=64/backend=bolt/durability=sync 5 10 p50-ns 7 ops/s", op, size)
	}
	one := []string{line("Get", "1KiB"), line("Set", "1KiB"), line("Touch", "1KiB"), line("Touch", "16KiB")}
	if got := sizesTable(run(t, one[:2]...)); got != nil {
		t.Errorf("one size: %+v, want no table", got)
	}
	if got := sizesTable(run(t, one...)); got != nil {
		t.Errorf("no operation with all sizes: %+v, want no table", got)
	}
	got := sizesTable(run(t, append(one, line("Get", "16KiB"), line("Get", "128B"), line("Touch", "128B"))...))
	if want := []string{"Get 128B", "Get 1KiB", "Get 16KiB"}; got == nil || !slices.Equal(got.Columns, want) {
		t.Errorf("got %+v, want the columns %q", got, want)
	}
}
