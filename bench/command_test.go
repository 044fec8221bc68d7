package bench

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// command runs this test binary as go test runs it for a user, who has no
// redis-server and no memcached in PATH, and returns what it prints.
func command(t *testing.T, environment string, args ...string) (string, error) {
	t.Helper()
	args = append([]string{"-test.run=^$", "-test.timeout=10m"}, args...)
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "PATH="+t.TempDir(), "SESSIONSTORE_SERVERS=local", "SESSIONSTORE_REQUIRE=")
	cmd.Env = append(cmd.Env, strings.Fields(environment)...)
	out, err := cmd.CombinedOutput()
	left, globErr := filepath.Glob(filepath.Join(os.TempDir(), fmt.Sprintf("sessionstore-test-*-%d-*", cmd.Process.Pid)))
	if globErr != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, globErr)
	}
	return string(out), err
}

// TestCommand reads the results as others do, with golang.org/x/perf.
func TestCommand(t *testing.T) {
	out, err := command(t, "", "-test.bench=^Benchmark(Web|CompareAndSwap|Baseline)$/(size|what=fd)/clients=/backend=(memory|bolt)", "-test.benchtime=1000x")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run, err := figures.Read(strings.NewReader(out), "out")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, op := range []string{"Web", "CompareAndSwap"} {
		for _, clients := range []int{1, 64} {
			for _, c := range []figures.Target{{Backend: "memory", Durability: "none"}, {Backend: "bolt", Durability: "sync"}, {Backend: "bolt", Durability: "async"}} {
				wantLatency(t, run, op, clients, c)
			}
		}
	}
	if len(run.Latencies) != 12 || len(run.Unknown) > 0 {
		t.Errorf("got %d latencies and unknown %v, want 12\n%s", len(run.Latencies), run.Unknown, out)
	}
	wantHead(t, run)
	for line := range strings.Lines(out) {
		if strings.Contains(line, "clients=64") && strings.Contains(line, "ns/op") {
			t.Errorf("ns/op of 64 clients: %s", line)
		}
	}
}

func wantLatency(t *testing.T, run *figures.Run, op string, clients int, target figures.Target) {
	t.Helper()
	l, ok := run.Latency(op, 1<<10, clients, target)
	if !ok {
		t.Errorf("no result for %s with %d clients on %s", op, clients, target)
		return
	}
	p99, ok := l.At(0.99)
	if !ok || l.Median() <= 0 || p99 < l.Median() || l.PerSecond <= 0 {
		t.Errorf("%s with %d clients on %s: median %v, p99 %v, %v/s, want all of them", op, clients, target, l.Median(), p99, l.PerSecond)
	}
}

// wantHead: what was measured where, what is left out, and who is missing why.
func wantHead(t *testing.T, run *figures.Run) {
	t.Helper()
	for _, key := range []string{"date", "commit", "machine", "disk", "go", "harness", "left-out", "memory-none"} {
		if run.Setting(key) == "" {
			t.Errorf("the head has no %s", key)
		}
	}
	for key, want := range map[string]string{"bolt-sync": "NoSync=false", "bolt-async": "NoSync=true"} {
		if got := run.Setting(key); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %s", key, got, want)
		}
	}
	for _, backend := range []string{"redis", "memcached"} {
		if got := run.Setting("unavailable-" + backend); !strings.Contains(got, "apt-get install "+backend) {
			t.Errorf("unavailable-%s: got %q, want the reason and the cure", backend, got)
		}
	}
}

// TestRequired: what is required and missing fails, and is named.
func TestRequired(t *testing.T) {
	out, err := command(t, "SESSIONSTORE_REQUIRE=memcached", "-test.bench=^BenchmarkGet$", "-test.benchtime=1x")
	if err == nil || !strings.Contains(out, "memcached") || !strings.Contains(out, "SESSIONSTORE_REQUIRE requires it") {
		t.Errorf("got error %v, want a failure that names memcached:\n%s", err, out)
	}
}

func TestFullNeedsTime(t *testing.T) {
	out, err := command(t, "", "-bench.full")
	if err == nil || !strings.Contains(out, "add -timeout 0") {
		t.Errorf("got error %v, want one that says -timeout 0:\n%s", err, out)
	}
}

func TestSettle(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", ownBenchtime},
		{"-test.benchtime=1x", "1x"},
		{"-test.benchtime=1s", "1s"},
		{"-bench.full -test.timeout=0", ownBenchtime},
		{"-bench.full -test.timeout=1h", ownBenchtime},
	} {
		flags := flag.NewFlagSet("test", flag.PanicOnError)
		flags.String("test.benchtime", "1s", "")
		flags.Duration("test.timeout", 0, "")
		flags.Bool("bench.full", false, "")
		if err := flags.Parse(strings.Fields(c.args)); err != nil {
			t.Fatal(err)
		}
		if err := settle(flags); err != nil {
			t.Errorf("%q: %v", c.args, err)
		}
		if got := flags.Lookup("test.benchtime").Value.String(); got != c.want {
			t.Errorf("%q: -benchtime is %s, want %s", c.args, got, c.want)
		}
	}
}
