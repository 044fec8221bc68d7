package storetest

import (
	"cmp"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// benchmarksVariable lets the benchmarks run that tests look at, one of which
// must fail.
const benchmarksVariable = "STORETEST_BENCHMARKS"

func benchForTests(b *testing.B, h Harness) {
	if os.Getenv(benchmarksVariable) == "" {
		b.Skip("it is run by the tests, and says nothing by itself")
	}
	Bench(b, h)
}

func BenchmarkSound(b *testing.B) { benchForTests(b, Harness{New: newMemory}) }

// BenchmarkPlain has a store with the four methods alone.
func BenchmarkPlain(b *testing.B) {
	benchForTests(b, Harness{New: func(t T) sessionstore.Store { return struct{ sessionstore.Store }{newMemory(t)} }})
}

func BenchmarkBroken(b *testing.B) {
	benchForTests(b, Harness{New: func(t T) sessionstore.Store {
		ref := newMemory(t)
		s := losesWrites(ref)
		s.Store = ref
		return s
	}})
}

// runBenchmarks runs benchmarks of this test binary as go test -bench does,
// each with so many operations, and returns what is printed.
func runBenchmarks(t *testing.T, pattern, benchtime string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$", "-test.bench="+pattern, "-test.benchtime="+benchtime, "-test.v")
	cmd.Env = append(os.Environ(), benchmarksVariable+"=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestBench reads what a user of Bench would read.
func TestBench(t *testing.T) {
	out, err := runBenchmarks(t, "^BenchmarkSound$", "1000x")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := regexp.MustCompile(`(?m)^BenchmarkSound/(\S+)-\d+\s+1000\s(.*)$`).FindAllStringSubmatch(out, -1)
	var names []string
	for _, line := range lines {
		name, clients, _ := strings.Cut(line[1], "/size=1KiB/clients=")
		names = append(names, name)
		for _, unit := range []string{"p50-ns", "p99-ns", "ops/s"} {
			if !strings.Contains(line[2], unit) {
				t.Errorf("%s has no %s: %s", line[1], unit, line[2])
			}
		}
		if got, want := strings.Contains(line[2], "ns/op"), clients == "1"; got != want {
			t.Errorf("%s has ns/op: %v, want %v: %s", line[1], got, want, line[2])
		}
	}
	var want []string
	for _, w := range Workloads() {
		want = append(want, w.Name, w.Name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("benchmarks: got %q, want %q, each with 1 and 64 clients\n%s", names, want, out)
	}
}

func TestBenchOfFewOperations(t *testing.T) {
	out, err := runBenchmarks(t, "^BenchmarkSound$/^Get$", "999x")
	if err != nil || !strings.Contains(out, "p50-ns") || strings.Contains(out, "p99-ns") {
		t.Errorf("999 operations: error %v, want p50-ns and no p99-ns:\n%s", err, out)
	}
}

// TestBenchOfBrokenStore: a benchmark of a store that loses writes fails, and
// says why.
func TestBenchOfBrokenStore(t *testing.T) {
	out, err := runBenchmarks(t, "^BenchmarkBroken$/^Set$", "1000x")
	if err == nil || !strings.Contains(out, "--- FAIL: BenchmarkBroken/Set/size=1KiB/clients=64") {
		t.Errorf("got error %v, want a failed benchmark:\n%s", err, out)
	}
	if want := "was acknowledged and is lost"; !strings.Contains(out, want) {
		t.Errorf("the failure does not say %q:\n%s", want, out)
	}
}

func TestBenchSkipsWhatIsUnsupported(t *testing.T) {
	out, err := runBenchmarks(t, "^BenchmarkPlain$/^(Compare|Get)", "1x")
	if err != nil || !strings.Contains(out, "--- SKIP: BenchmarkPlain/CompareAndSwap/size=1KiB/clients=1") {
		t.Errorf("got error %v, want CompareAndSwap skipped:\n%s", err, out)
	}
}

func TestDurations(t *testing.T) {
	for _, c := range []struct{ n, kept int }{
		{1, 1}, {maxDurations, maxDurations}, {maxDurations + 2, maxDurations/2 + 1}, {3 * maxDurations, maxDurations},
	} {
		d := newDurations(2, c.n)
		for i := range c.n {
			d.record(i%2, time.Duration(c.n-i))
		}
		sorted := d.sorted()
		if !slices.IsSorted(sorted) || len(sorted) > c.kept+1 || len(sorted) < c.kept-1 {
			t.Errorf("of %d durations %d were kept, sorted %v, want %d", c.n, len(sorted), slices.IsSorted(sorted), c.kept)
		}
		middle := float64(cmp.Or(percentile(sorted, 50), 1)) / float64(c.n)
		if c.n > 1 && (middle < 0.49 || middle > 0.51) {
			t.Errorf("of %d durations the median is at %.2f of them", c.n, middle)
		}
	}
}

func TestPercentile(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1))
	}
	for _, c := range []struct {
		sorted  []time.Duration
		percent int
		want    time.Duration
	}{
		{hundred, 50, 50}, {hundred, 99, 99}, {hundred, 100, 100}, {hundred, 1, 1},
		{hundred[:1], 50, 1}, {hundred[:1], 99, 1}, {hundred[:3], 50, 2}, {hundred[:2], 50, 1},
	} {
		if got := percentile(c.sorted, c.percent); got != c.want {
			t.Errorf("%d%% of %d: got %v, want %v", c.percent, len(c.sorted), got, c.want)
		}
	}
}
