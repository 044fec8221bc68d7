package bolt

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// BenchmarkGroupCommit compares the store with one commit per write on the same
// records, at one writer and at 64. The two take turns in rounds of one run, so
// that whatever else the machine does falls on both; "ratio" is that of the
// median rounds, above 1 where the store is faster.
//
// The files are in $SESSIONSTORE_BENCH_DIR, else in the package's directory:
// what a commit costs is a property of the disk, so it prints which that is and
// what a sync takes there. A tmpfs syncs nothing and is refused.
func BenchmarkGroupCommit(b *testing.B) {
	dir := benchDir(b)
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("size=512B/clients=%d/backend=bolt", clients), func(b *testing.B) {
			benchGroupCommit(b, dir, clients)
		})
	}
}

const (
	benchStored = 20_000 // sessions in the file before the clock runs
	benchRounds = 40     // of each side, at most
)

func benchGroupCommit(b *testing.B, dir string, clients int) {
	f := newBenchFile(b, dir) // one for both: no two files lie alike on a disk
	sets := [2]setFunc{f.store.Set, f.setAlone}
	round := max(clients, b.N/benchRounds)
	var took [2][]time.Duration
	b.ResetTimer()
	for done, turn := 0, 0; done < b.N || turn < 4; turn++ {
		side := turn % 2
		if turn/2%2 == 1 { // A B B A: a drift falls on both alike
			side = 1 - side
		}
		d := benchRound(b, sets[side], f.ids, clients, round)
		took[side] = append(took[side], d/time.Duration(round))
		if side == 0 {
			done += round
		}
	}
	b.StopTimer()
	f.verify(b)
	store, alone := median(took[0]), median(took[1])
	b.ReportMetric(float64(alone)/float64(store), "ratio")
	b.ReportMetric(float64(time.Second)/float64(store), "sets/s")
	b.ReportMetric(float64(time.Second)/float64(alone), "alone-sets/s")
	b.ReportMetric(0, "ns/op") // of both sides together: says nothing
}

type setFunc func(ctx context.Context, id string, data []byte, ttl time.Duration) error

// benchRound writes n sessions with as many goroutines as clients.
func benchRound(b *testing.B, set setFunc, ids []string, clients, n int) time.Duration {
	data := make([]byte, 512)
	start := time.Now()
	var wait sync.WaitGroup
	for client := range clients {
		wait.Go(func() {
			for i := client; i < n; i += clients {
				if err := set(b.Context(), ids[(i*7919)%len(ids)], data, time.Hour); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	return time.Since(start)
}

// A benchFile is a store with sessions in it.
type benchFile struct {
	store *Store
	ids   []string
}

func newBenchFile(b *testing.B, dir string) *benchFile {
	dir, err := os.MkdirTemp(dir, "bench-*.out")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	s, err := Open(filepath.Join(dir, "sessions.db"), Options{SweepInterval: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	f := &benchFile{store: s, ids: make([]string, benchStored)}
	for i := range f.ids {
		f.ids[i] = fmt.Sprintf("session-%d-%035d", i%97, i) // known, and in no order
	}
	benchRound(b, s.Set, f.ids, 256, benchStored)
	return f
}

// setAlone is Set with a commit of its own: the baseline.
func (f *benchFile) setAlone(_ context.Context, id string, data []byte, ttl time.Duration) error {
	c := f.store.core
	return c.db.Update(func(tx *bbolt.Tx) error {
		t, err := c.table(tx)
		if err != nil {
			return err
		}
		return t.set(recordKey("", id), newValue(data), deadline(now(), ttl))
	})
}

// verify checks that the sessions are there, and that bbolt finds its file
// sound.
func (f *benchFile) verify(b *testing.B) {
	for _, id := range f.ids[:100] {
		if data, err := f.store.Get(b.Context(), id); err != nil || len(data) != 512 {
			b.Fatalf("Get: got %d bytes, %v", len(data), err)
		}
	}
	checkSound(b, f.store)
}

func median(ds []time.Duration) time.Duration {
	slices.Sort(ds)
	return ds[len(ds)/2]
}

// benchDir returns the directory of the benchmark's files, and prints what kind
// of file system that is and how long it takes to make a small write last.
func benchDir(b *testing.B) string {
	dir := os.Getenv("SESSIONSTORE_BENCH_DIR")
	if dir == "" {
		dir = "."
	}
	kind := fileSystem(b, dir)
	if kind == "tmpfs" {
		b.Skipf("%s is on tmpfs, which is memory: set SESSIONSTORE_BENCH_DIR to a directory on a disk", dir)
	}
	b.Logf("file system %s, a write of 4 KiB with its sync takes %v", kind, syncTime(b, dir))
	return dir
}

// syncTime returns the median time of a small write and its sync.
func syncTime(b *testing.B, dir string) time.Duration {
	f, err := os.CreateTemp(dir, "bench-*.out")
	if err != nil {
		b.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page, took := make([]byte, 4096), make([]time.Duration, 200)
	for i := range took {
		start := time.Now()
		_, err := f.WriteAt(page, 0)
		if err := dataSync(f, err); err != nil {
			b.Fatal(err)
		}
		took[i] = time.Since(start)
	}
	return median(took).Round(time.Microsecond)
}
