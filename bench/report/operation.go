package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// standardBytes is the size of a session's data that charts show.
const standardBytes = 1024

// operation is a part of the page: its charts, and the figures behind them.
type operation struct {
	Name   string
	Charts []drawing
	Table  *table
}

// operations returns a part for each operation that the run has measured.
func operations(run *figures.Run) []operation {
	times, rates := latencyAxis(run), rateAxis(run)
	var all []operation
	for _, name := range opsOf(run) {
		groups := byClients(run, name)
		if len(groups) == 0 {
			continue
		}
		op := operation{Name: name, Table: figuresTable(run, name)}
		for _, same := range groups {
			id := fmt.Sprintf("time-%s-%d", name, same[0].Clients)
			op.Charts = append(op.Charts, distribution(id, same, times))
		}
		few, many := measured(groups[0]), measured(groups[len(groups)-1])
		if len(many) > 0 {
			op.Charts = append(op.Charts, throughput("rate-"+name, few, many, rates))
		}
		all = append(all, op)
	}
	return all
}

// opsOf returns the operations in the order of the run.
func opsOf(run *figures.Run) []string {
	var ops []string
	for _, l := range run.Latencies {
		if !slices.Contains(ops, l.Op) {
			ops = append(ops, l.Op)
		}
	}
	return ops
}

// byClients returns an operation's figures at the standard size, those with the
// same number of clients together and few clients first.
func byClients(run *figures.Run, op string) [][]figures.Latency {
	groups := map[int][]figures.Latency{}
	for _, l := range run.Latencies {
		if l.Op == op && l.SizeBytes == standardBytes {
			groups[l.Clients] = append(groups[l.Clients], l)
		}
	}
	var all [][]figures.Latency
	for _, same := range groups {
		all = append(all, same)
	}
	slices.SortFunc(all, func(a, b []figures.Latency) int { return cmp.Compare(a[0].Clients, b[0].Clients) })
	return all
}

// measured returns those with a rate.
func measured(latencies []figures.Latency) []figures.Latency {
	return slices.DeleteFunc(slices.Clone(latencies), func(l figures.Latency) bool { return math.IsNaN(l.PerSecond) })
}

// figuresTable has every figure of one operation, at every size.
func figuresTable(run *figures.Run, op string) *table {
	t := &table{
		Caption: op + ": all figures", Corner: "backend",
		Columns: []string{"size", "clients", "median", "p90", "p99", "p99.9", "slowest", "a second", "operations"},
	}
	for _, l := range run.Latencies {
		if l.Op != op {
			continue
		}
		words := []string{figures.Size(l.SizeBytes), fmt.Sprint(l.Clients)}
		for _, share := range []float64{0.5, 0.9, 0.99, 0.999, 1} {
			words = append(words, percentile(l.Percentiles, share))
		}
		words = append(words, rate(l.PerSecond), fmt.Sprint(l.N))
		t.Rows = append(t.Rows, tableRow{l.Target.String(), l.Backend, texts(words...)})
	}
	return t
}

func percentile(p figures.Percentiles, share float64) string {
	if at, ok := p.At(share); ok {
		return duration(float64(at))
	}
	return unknown
}

// sized are the operations whose figures stand side by side for each size; a
// table of all would be too wide. The others have theirs with the operation.
var sized = []string{"Get", "Set", "Web"}

// sizesTable shows what the size of a session's data does, with the most
// clients; nil where one size was measured.
func sizesTable(run *figures.Run) *table {
	sizes := sizesOf(run)
	if len(sizes) < 2 {
		return nil
	}
	most := newYardstick(run).clients
	t := &table{Caption: "Operations a second by the size of a session's data, " + clients(most), Corner: "backend"}
	ops := slices.DeleteFunc(opsOf(run), func(op string) bool {
		return !slices.Contains(sized, op) || !hasSizes(run, op, most, sizes)
	})
	if len(ops) == 0 {
		return nil
	}
	for _, op := range ops {
		for _, bytes := range sizes {
			t.Columns = append(t.Columns, op+" "+figures.Size(bytes))
		}
	}
	for _, target := range run.Targets() {
		row := tableRow{Head: target.String(), Backend: target.Backend}
		for _, op := range ops {
			for _, bytes := range sizes {
				row.Cells = append(row.Cells, texts(rateOf(run, op, bytes, most, target))...)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func rateOf(run *figures.Run, op string, bytes, clients int, t figures.Target) string {
	if l, ok := run.Latency(op, bytes, clients, t); ok {
		return rate(l.PerSecond)
	}
	return unknown
}

func sizesOf(run *figures.Run) []int {
	var sizes []int
	for _, l := range run.Latencies {
		if !slices.Contains(sizes, l.SizeBytes) {
			sizes = append(sizes, l.SizeBytes)
		}
	}
	slices.Sort(sizes)
	return sizes
}

// hasSizes reports whether any target has figures of an operation at every
// size.
func hasSizes(run *figures.Run, op string, clients int, sizes []int) bool {
	for _, bytes := range sizes {
		if !slices.ContainsFunc(run.Latencies, func(l figures.Latency) bool {
			return l.Op == op && l.SizeBytes == bytes && l.Clients == clients
		}) {
			return false
		}
	}
	return true
}

// baselineTable has what this machine takes without any store.
func baselineTable(run *figures.Run) *table {
	t := &table{Caption: "Without any store", Corner: "what", Columns: []string{"median", "p99"}}
	for _, b := range run.Baselines {
		name := strings.ReplaceAll(b.What, "-", " ")
		t.Rows = append(t.Rows, tableRow{name, "", texts(percentile(b.Percentiles, 0.5), percentile(b.Percentiles, 0.99))})
	}
	return t
}
