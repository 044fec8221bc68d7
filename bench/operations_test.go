package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/measure"
	"github.com/coatcheck/sessionstore/storetest"
)

// The operations of storetest.Workloads, each on every backend. The backends
// are the innermost part of a name and of the order, so that what is compared
// stands together.

func BenchmarkGet(b *testing.B)            { benchOperation(b, "Get") }
func BenchmarkGetMiss(b *testing.B)        { benchOperation(b, "GetMiss") }
func BenchmarkSet(b *testing.B)            { benchOperation(b, "Set") }
func BenchmarkTouch(b *testing.B)          { benchOperation(b, "Touch") }
func BenchmarkGetAndTouch(b *testing.B)    { benchOperation(b, "GetAndTouch") }
func BenchmarkCompareAndSwap(b *testing.B) { benchOperation(b, "CompareAndSwap") }
func BenchmarkDelete(b *testing.B)         { benchOperation(b, "Delete") }
func BenchmarkWeb(b *testing.B)            { benchOperation(b, "Web") }
func BenchmarkYCSBA(b *testing.B)          { benchOperation(b, "YCSBA") }

// benchSessions are stored on each backend, for each size.
const benchSessions = 10_000

func sizes() []int {
	if *full {
		return []int{128, 1 << 10, 16 << 10}
	}
	return []int{1 << 10}
}

func benchOperation(b *testing.B, name string) {
	m := begin(b)
	all := storetest.Workloads()
	i := slices.IndexFunc(all, func(w storetest.Workload) bool { return w.Name == name })
	if i < 0 {
		b.Fatalf("storetest has no workload %q", name)
	}
	for _, size := range sizes() {
		for _, clients := range []int{1, 64} {
			for _, e := range m.entries {
				b.Run(fmt.Sprintf("size=%s/clients=%d/backend=%s/durability=%s", figures.Size(size), clients, e.Backend, e.Durability),
					func(b *testing.B) { e.bench(b, all[i], size, clients) })
			}
		}
	}
}

func (e *entry) bench(b *testing.B, w storetest.Workload, size, clients int) {
	e.check(b)
	store, err := e.store(b.Context(), size)
	if err != nil {
		b.Fatal(err)
	}
	newTimedLoad(&storetest.Load{
		Store: store, Workload: w, Sessions: benchSessions, SizeBytes: size, Clients: clients,
	}).bench(b)
}

// timedLoad is a load with the times of its operations.
type timedLoad struct {
	load     *storetest.Load
	recorder *measure.Recorder
}

func newTimedLoad(l *storetest.Load) *timedLoad {
	recorder := measure.NewRecorder(l.Clients)
	l.Record = recorder.Record
	return &timedLoad{l, recorder}
}

// bench does b.N operations and reports their times.
func (l *timedLoad) bench(b *testing.B) {
	if err := l.load.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	took, err := l.load.Run(b.Context(), b.N)
	b.StopTimer()
	if err != nil {
		b.Fatal(err)
	}
	reportTimes(b, l.recorder.Take())
	b.ReportMetric(float64(b.N)/took.Seconds(), "ops/s")
	perOp := 0.0 // go test leaves it out: with many clients it is nobody's wait
	if l.load.Clients == 1 {
		perOp = float64(took) / float64(b.N)
	}
	b.ReportMetric(perOp, "ns/op")
}

// reportTimes reports the median, and the 99th percentile where there are
// enough operations for one.
func reportTimes(b *testing.B, h *hdrhistogram.Histogram) {
	times := figures.Measure(h.TotalCount(), h.ValueAtPercentile)
	for share, unit := range map[float64]string{0.5: "p50-ns", 0.99: "p99-ns"} {
		if at, ok := times.At(share); ok {
			b.ReportMetric(float64(at/time.Nanosecond), unit)
		}
	}
}
