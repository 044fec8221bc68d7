package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// growthCharts returns a chart for each operation and number of clients.
func growthCharts(run *figures.Run) []drawing {
	type key struct {
		op      string
		clients int
	}
	var order []key
	groups := map[key][]figures.Growth{}
	for _, g := range run.Growths {
		if g.Median() == 0 {
			continue
		}
		k := key{g.Op, g.Clients}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], g)
	}
	var charts []drawing
	for _, k := range order {
		charts = append(charts, growthChart(fmt.Sprintf("growth-%s-%d", k.op, k.clients), groups[k]))
	}
	return charts
}

// costTables say what stored sessions take: the most of them in the first
// table, and each number in the second.
func costTables(run *figures.Run) (most, all *table) {
	costs := slices.Clone(run.Costs)
	targets := run.Targets()
	slices.SortStableFunc(costs, func(a, b figures.Cost) int {
		return cmp.Compare(slices.Index(targets, a.Target), slices.Index(targets, b.Target))
	})
	largest := largestCommon(run)
	some := slices.DeleteFunc(slices.Clone(costs), func(c figures.Cost) bool { return c.Sessions != largest })
	return costTable("What sessions cost"+ofSize(run)+", among "+figures.Count(largest), some), costTable("What sessions cost"+ofSize(run), costs)
}

func costTable(caption string, costs []figures.Cost) *table {
	t := &table{
		Caption: caption, Corner: "backend",
		Columns: []string{"sessions", "room for one", "to store one, in bulk", "to remove one, expired", "the server's time for it", "longest wait meanwhile", "and before", "garbage collection"},
	}
	for _, c := range costs {
		gc := unknown
		if !math.IsNaN(c.GCPercent) {
			gc = plain(c.GCPercent) + nbsp + "%"
		}
		t.Rows = append(t.Rows, tableRow{c.Target.String(), c.Backend, texts(
			figures.Count(c.Sessions), size(c.BytesPerSession), duration(c.LoadNs), duration(c.ExpireNs), duration(c.ExpireCPUNs),
			duration(c.LongestNs), duration(c.QuietNs), gc,
		)})
	}
	return t
}
