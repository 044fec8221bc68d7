package figures

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

var nan = math.NaN()

// sample has a result of each kind, values that are zero and values that were
// not measured.
func sample() *Run {
	redis, memory := Target{"redis", "everysec"}, Target{"memory", "none"}
	p := Percentiles{{0.5, 81 * time.Microsecond}, {0.99, 2 * time.Millisecond}, {1, 3 * time.Millisecond}}
	r := &Run{
		Baselines: []Baseline{{"redis-PING", 1000, p}, {"postgres-SELECT-1", 1000, p}},
		Latencies: []Latency{
			{"Get", 1024, 64, redis, 5000, p, 123400},
			{"Get", 128, 1, memory, 5000, Percentiles{{0.5, 0}}, 1.25e6},
		},
		Noises: []Noise{{"Get", 128, 64, redis, 1.03, 1.1}, {"Get", 1024, 64, redis, 0.5, 2}},
		Restarts: []Restart{
			{N: 3, Event: "kill-server", Target: redis, Acked: 10, Kept: 10, Deleted: 4, DriftNs: -7, RecoveryNs: 5e6, FsyncsPerWrite: 0.04},
			{N: 1, Event: "kill-server", Target: redis, Peer: "scs-goredisstore", Acked: 9, Lost: 9, DriftNs: nan, RecoveryNs: nan, FsyncsPerWrite: nan},
		},
		Growths: []Growth{{"Get", 100_000, 64, redis, 5000, p, 99000}},
		Costs:   []Cost{{1_000_000, memory, 1234, 1500, nan, 900, 0, 17, 2.5}},
		Peers:   []Peer{{"Web", 64, "redis", "rueidis", 5000, p, 99000, 0.97, 0.95, 1.02}},
	}
	r.Set("go", "go1.26.0")
	r.Set("left-out", "sizes other than 1 KiB; growth")
	r.SetServer(redis, `redis 7.0.15, appendonly=yes, save=""`)
	r.SetUnavailable("postgres", "no server:\ninstall one")
	return r
}

func written(t *testing.T, r *Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func read(t *testing.T, text string) *Run {
	t.Helper()
	r, err := Read(strings.NewReader(text), "results.txt")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRoundTrip: what was written is read again, in every field.
func TestRoundTrip(t *testing.T) {
	want := sample()
	text := written(t, want)
	got := read(t, text)
	for _, r := range []*Run{want, got} {
		for i := range r.Restarts { // NaN is not equal to itself
			s := &r.Restarts[i]
			s.DriftNs, s.RecoveryNs, s.FsyncsPerWrite = marked(s.DriftNs), marked(s.RecoveryNs), marked(s.FsyncsPerWrite)
		}
		r.Costs[0].ExpireNs = marked(r.Costs[0].ExpireNs)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v\nfrom\n%s", got, want, text)
	}
	if strings.Contains(text, "NaN") {
		t.Errorf("a value that was not measured is in the file:\n%s", text)
	}
}

// marked stands for NaN by a number that nothing else has.
func marked(v float64) float64 {
	if math.IsNaN(v) {
		return -1e99
	}
	return v
}

// TestRestartsAddUp: what one event of three lost is lost, whichever it was.
func TestRestartsAddUp(t *testing.T) {
	r := read(t, `
BenchmarkRestart/event=kill-server/backend=redis/durability=everysec 1 100 acked 100 kept 0 lost 9 deleted 0 revived 5 drift-ns 10 recovery-ns 0.5 fsyncs/write
BenchmarkRestart/event=kill-server/backend=redis/durability=everysec 1 100 acked 93 kept 7 lost 9 deleted 2 revived -8 drift-ns 30 recovery-ns
BenchmarkRestart/event=kill-server/backend=redis/durability=everysec 1 100 acked 100 kept 0 lost 9 deleted 0 revived 20 recovery-ns 0.7 fsyncs/write
`)
	want := Restart{
		N: 3, Event: "kill-server", Target: Target{"redis", "everysec"}, Acked: 300, Kept: 293, Lost: 7, Deleted: 27, Revived: 2,
		DriftNs: -8, RecoveryNs: 30, FsyncsPerWrite: 0.5,
	}
	if len(r.Restarts) != 1 || r.Restarts[0] != want {
		t.Errorf("got %+v, want %+v", r.Restarts, want)
	}
}

func TestSettings(t *testing.T) {
	r := read(t, written(t, sample()))
	if got := r.Server(Target{"redis", "everysec"}); got != `redis 7.0.15, appendonly=yes, save=""` {
		t.Errorf("the server's settings: %q", got)
	}
	if got := r.Unavailable(); len(got) != 1 || got[0] != (Setting{"postgres", "no server: install one"}) {
		t.Errorf("Unavailable: %v, want postgres with its reason on one line", got)
	}
	if got := r.LeftOut(); len(got) != 2 || got[1] != "growth" {
		t.Errorf("LeftOut: %q, want two things", got)
	}
	r.Set("left-out", "")
	if got := r.LeftOut(); got != nil || strings.Contains(written(t, r), "left-out") {
		t.Errorf("LeftOut of a run that has everything: %q, want none", got)
	}
	var names []string
	for _, target := range r.Targets() {
		names = append(names, target.String())
	}
	if got := strings.Join(names, " "); got != "redis-everysec memory" {
		t.Errorf("Targets: %s, want redis-everysec memory", got)
	}
}

// TestGoTestOutput: lines that go test prints are read, whatever stands
// between them.
func TestGoTestOutput(t *testing.T) {
	r := read(t, `goos: linux
go: go1.26.0
pkg: example.org/bench
BenchmarkGet
BenchmarkGet/size=1KiB/clients=1/backend=memory/durability=none
BenchmarkGet/size=1KiB/clients=1/backend=memory/durability=none-2   	     100	      1500 ns/op	      1400 p50-ns
--- BENCH: BenchmarkGet
    bench_test.go:1: left out: postgres
BenchmarkElse-2   1   5 ns/op
PASS
`)
	want := Latency{"Get", 1024, 1, Target{"memory", "none"}, 100, Percentiles{{0.5, 1400}}, nan}
	if len(r.Latencies) != 1 {
		t.Fatalf("got %+v, want one latency", r.Latencies)
	}
	got := r.Latencies[0]
	if !math.IsNaN(got.PerSecond) {
		t.Errorf("operations a second: %v, want NaN: they were not measured", got.PerSecond)
	}
	got.PerSecond, want.PerSecond = 0, 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(r.Unknown) != 1 || r.Unknown[0] != "Else" {
		t.Errorf("Unknown: %q, want Else", r.Unknown)
	}
}

// TestRepeated: of lines with one name the median of each value counts.
func TestRepeated(t *testing.T) {
	const name = "BenchmarkGet/size=1KiB/clients=1/backend=memory/durability=none-2 "
	for text, want := range map[string]time.Duration{
		name + "10 30 p50-ns\n" + name + "10 10 p50-ns\n" + name + "10 12 p50-ns\n": 12,
		name + "10 30 p50-ns\n" + name + "20 10 p50-ns\n":                           20,
	} {
		r := read(t, text)
		if len(r.Latencies) != 1 || r.Latencies[0].Median() != want || r.Latencies[0].N != 30 {
			t.Errorf("%s: got %+v, want 30 operations with a median of %d ns", text, r.Latencies, want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for text, want := range map[string]string{
		"BenchmarkGet/size=1KiB 12 p50-ns\n":                                              "results.txt:1: ",
		"BenchmarkGet/size=big/clients=1/backend=memory 1 12 p50-ns\n":                    "size=big",
		"BenchmarkGet/size=1KiB/clients=few/backend=memory 1 12 p50-ns\n":                 "clients=few",
		"BenchmarkRestart/event=reopen/backend=bolt/durability=sync 1 5 acked 5 kept\n":   "lost",
		"BenchmarkGrowth/op=Get/sessions=-5k/backend=bolt/durability=sync 1 5 p50-ns\n":   "sessions=-5k",
		"BenchmarkGet/size=1KiB/clients=1/backend=memory 1\n":                             "missing measurements",
		"BenchmarkRestart/event=a/backend=b 1 -5 acked 0 kept 0 lost 0 deleted 0 revived": "acked",
	} {
		if _, err := Read(strings.NewReader(text), "results.txt"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %q", text, err, want)
		}
	}
	if _, err := Read(strings.NewReader("no results here\n"), "notes.txt"); !errors.Is(err, ErrEmpty) || !strings.Contains(err.Error(), "notes.txt") {
		t.Errorf("a file without results: %v, want ErrEmpty with the file's name", err)
	}
}

func TestAmounts(t *testing.T) {
	for n, want := range map[int][2]string{
		0: {"0B", "0"}, 128: {"128B", "128"}, 1024: {"1KiB", "1024"}, 16384: {"16KiB", "16384"},
		1 << 20: {"1MiB", "1048576"}, 1000: {"1000B", "1k"}, 10_000: {"10000B", "10k"}, 1_000_000: {"1000000B", "1M"},
	} {
		if got := [2]string{Size(n), Count(n)}; got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
		for _, text := range want {
			if got, err := parseAmount(text); err != nil || got != n {
				t.Errorf("parseAmount(%q): %d, %v, want %d", text, got, err, n)
			}
		}
	}
}

func TestRounded(t *testing.T) {
	for v, want := range map[float64]float64{
		0: 0, 1.23456: 1.235, 123456: 123500, 0.00123449: 0.001234, -98765: -98770, 1234: 1234,
	} {
		if got := rounded(v); got != want {
			t.Errorf("rounded(%v): %v, want %v", v, got, want)
		}
	}
}

// TestMeasure: a percentile that too few operations would make a guess is left
// out.
func TestMeasure(t *testing.T) {
	ns := func(percent float64) int64 { return int64(percent * 10) }
	for n, want := range map[int64]struct{ p90, p99, p999 bool }{
		99: {}, 100: {p90: true}, 999: {p90: true}, 1000: {p90: true, p99: true},
		9_999: {p90: true, p99: true}, 10_000: {true, true, true},
	} {
		p := Measure(n, ns)
		_, p90 := p.At(0.9)
		_, p99 := p.At(0.99)
		_, p999 := p.At(0.999)
		if p90 != want.p90 || p99 != want.p99 || p999 != want.p999 {
			t.Errorf("%d operations: p90, p99, p999 are there: %v %v %v, want %v", n, p90, p99, p999, want)
		}
		if p.Median() != 500 {
			t.Errorf("%d operations: the median is %d, want 500", n, p.Median())
		}
	}
}
