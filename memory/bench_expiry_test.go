package memory

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/internal/sweeper"
)

const (
	benchExpiring = 1_000_000 // sessions that may expire
	benchLive     = 10_000    // sessions that are read meanwhile
	benchPairs    = 5         // runs with expiry, and as many without
	benchPause    = 200 * time.Microsecond
)

// BenchmarkExpiry reports the longest Get while a million sessions expire at
// one instant and the sweeper removes them, beside the longest in a run where
// they do not expire: medians of five runs each, which take turns. It also
// reports how long the sweep takes, what the heap holds before the million
// sessions come, with them, and when they are gone, and how long a cycle of
// the garbage collector takes with all of them.
//
// Both runs are the same but for the expiry: the same sessions and readers,
// which begin after a collection and read equally long, and a sweeper that
// comes at the same short interval and in the quiet run finds nothing. The
// readers pause between two Gets, as those of a site do. Readers that never
// pause would measure how long Go's scheduler and the operating system keep a
// reader waiting for a processor, 10 ms and more, whatever the store does; and
// what they allocate would bring cycles of the garbage collector into some
// runs and not into others. On a machine that is busy with other work any Get
// may wait so long, or the sweeper while it holds a lock: then the difference
// says nothing.
func BenchmarkExpiry(b *testing.B) {
	for range b.N {
		var expiring, quiet []expiryRun
		for range benchPairs {
			e := runExpiry(b, time.Hour, 0)
			q := runExpiry(b, 24*time.Hour, e.window)
			expiring, quiet = append(expiring, e), append(quiet, q)
			b.Logf("longest of %d Gets: %v while sessions expire; of %d: %v while none does",
				e.gets, e.longest, q.gets, q.longest)
		}
		reportExpiry(b, expiring, quiet)
	}
}

func reportExpiry(b *testing.B, expiring, quiet []expiryRun) {
	longest := func(r expiryRun) float64 { return r.longest.Seconds() }
	during, beside := medianOf(expiring, longest), medianOf(quiet, longest)
	b.ReportMetric(during*1e6, "longest-get-expiring-µs")
	b.ReportMetric(beside*1e6, "longest-get-quiet-µs")
	b.ReportMetric((during-beside)*1e3, "difference-ms")
	for unit, value := range map[string]func(expiryRun) float64{
		"sweep-ms":       func(r expiryRun) float64 { return r.sweep.Seconds() * 1e3 },
		"gc-cycle-ms":    func(r expiryRun) float64 { return r.collection.Seconds() * 1e3 },
		"heap-before-MB": func(r expiryRun) float64 { return float64(r.heapBefore) / 1e6 },
		"heap-peak-MB":   func(r expiryRun) float64 { return float64(r.heapPeak) / 1e6 },
		"heap-after-MB":  func(r expiryRun) float64 { return float64(r.heapAfter) / 1e6 },
	} {
		b.ReportMetric(medianOf(expiring, value), unit)
	}
	b.ReportMetric(0, "ns/op") // of all the runs together: says nothing
}

func medianOf(runs []expiryRun, value func(expiryRun) float64) float64 {
	var all []float64
	for _, r := range runs {
		all = append(all, value(r))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// expiryRun is what one run measured.
type expiryRun struct {
	longest    time.Duration // of the Gets
	gets       int
	window     time.Duration // how long they went on
	sweep      time.Duration // until what had expired was removed
	collection time.Duration // a cycle of the garbage collector with all sessions

	heapBefore, heapPeak, heapAfter int64 // bytes that are not garbage
}

// runExpiry fills a store with sessions for ttl, moves its clock two hours on,
// and reads other sessions until nothing expired is left, for window at least.
func runExpiry(b *testing.B, ttl, window time.Duration) (run expiryRun) {
	s := newStore(b, Options{})
	defer s.Close() // its memory is not the next run's
	live := benchFill(b, s.Set, "live", benchLive, 24*time.Hour)
	run.heapBefore = heapBytes()
	want := s.room.used.Load() // bytes that are left when the sweep has ended
	benchFill(b, s.Set, "mass", benchExpiring, ttl)
	if ttl > 2*time.Hour {
		want = s.room.used.Load()
	}
	run.heapPeak = heapBytes()
	run.collection = elapsed(runtime.GC)
	s.start = s.start.Add(-2 * time.Hour)

	r := startReaders(b, s, live)
	sweeps := sweeper.Start(20*time.Millisecond, s.sweep, nil)
	run.window = elapsed(func() {
		run.sweep = elapsed(func() {
			for s.room.used.Load() > want {
				time.Sleep(time.Millisecond)
			}
		})
		time.Sleep(max(time.Second, window) - run.sweep)
	})
	sweeps.Stop()
	run.longest, run.gets = r.stop()
	run.heapAfter = heapBytes()
	if got := s.room.used.Load(); got != want {
		b.Errorf("got %d bytes in use after the sweep, want %d", got, want)
	}
	return run
}

func elapsed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// readers are clients that read sessions until they are stopped.
type readers struct {
	wait    sync.WaitGroup
	stopped atomic.Bool
	longest [benchClients]time.Duration
	gets    [benchClients]int
}

func startReaders(b *testing.B, s *Store, ids []string) *readers {
	r := &readers{}
	for client := range benchClients {
		r.wait.Go(func() {
			for i := client; !r.stopped.Load(); i += benchClients {
				var data []byte
				var err error
				took := elapsed(func() { data, err = s.Get(b.Context(), ids[i*7919%len(ids)]) })
				if err != nil || len(data) != benchBytes {
					b.Errorf("Get: got %d bytes, %v", len(data), err)
					return
				}
				r.longest[client] = max(r.longest[client], took)
				r.gets[client]++
				time.Sleep(benchPause)
			}
		})
	}
	return r
}

func (r *readers) stop() (longest time.Duration, gets int) {
	r.stopped.Store(true)
	r.wait.Wait()
	for _, n := range r.gets {
		gets += n
	}
	return slices.Max(r.longest[:]), gets
}
