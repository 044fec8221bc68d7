package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// Bench measures each of [Workloads] on a store of h, with 10,000 sessions of
// 1 KiB and with 1 and 64 clients:
//
//	BenchmarkMyStore/Get/size=1KiB/clients=64    … p50-ns … p99-ns … ops/s
//
// Half of the operations took no longer than p50-ns, and 99 of 100 no longer
// than p99-ns, which is left out where fewer than 1,000 were measured. ns/op
// is there for one client only: with many it would be the time between two
// results, which nobody waits for.
//
// What is not supported is skipped. A store that answers wrongly, or that
// loses a write, fails; see [Load]. Bench uses no hook but New.
func Bench(b *testing.B, h Harness) {
	b.Helper()
	if h.New == nil {
		b.Fatal(newIsNil)
	}
	s := h.New(b)
	for _, w := range Workloads() {
		for _, clients := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/size=1KiB/clients=%d", w.Name, clients), func(b *testing.B) {
				benchLoad(b, &Load{Store: s, Workload: w, Clients: clients})
			})
		}
	}
}

func benchLoad(b *testing.B, l *Load) {
	times := newDurations(l.Clients, b.N)
	l.Record = times.record
	if err := l.Prepare(b.Context()); errors.Is(err, errors.ErrUnsupported) {
		b.Skip(err)
	} else if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	took, err := l.Run(b.Context(), b.N)
	b.StopTimer()
	if err != nil {
		b.Fatal(err)
	}
	perOp := 0.0 // go test leaves it out
	if l.Clients == 1 {
		perOp = float64(took) / float64(b.N)
	}
	b.ReportMetric(perOp, "ns/op")
	b.ReportMetric(float64(b.N)/took.Seconds(), "ops/s")
	all := times.sorted()
	b.ReportMetric(float64(percentile(all, 50)), "p50-ns")
	if len(all) >= 1000 {
		b.ReportMetric(float64(percentile(all, 99)), "p99-ns")
	}
}

// durations are what the clients of a load recorded. They are kept as they are
// up to a limit, and beyond it every second, third, … of them: the library has
// no histogram among its dependencies, and needs none for a run that ends.
type durations []*clientDurations // each its own, so that no two clients share a line of cache

type clientDurations struct {
	kept  []time.Duration
	seen  int
	every int
}

// maxDurations is how many durations are kept, about.
const maxDurations = 1 << 20

func newDurations(clients, n int) durations {
	every := (n + maxDurations - 1) / maxDurations
	all := make(durations, clients)
	for i := range all {
		all[i] = &clientDurations{every: every, kept: make([]time.Duration, 0, n/clients/every+2)}
	}
	return all
}

func (all durations) record(client int, took time.Duration) {
	d := all[client]
	if d.seen%d.every == 0 {
		d.kept = append(d.kept, took)
	}
	d.seen++
}

func (all durations) sorted() []time.Duration {
	var sorted []time.Duration
	for _, d := range all {
		sorted = append(sorted, d.kept...)
	}
	slices.Sort(sorted)
	return sorted
}

// percentile returns what so many percent of the sorted durations do not
// exceed.
func percentile(sorted []time.Duration, percent int) time.Duration {
	return sorted[(len(sorted)*percent+99)/100-1]
}
