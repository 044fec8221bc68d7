package compare

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/growth"
	"github.com/coatcheck/sessionstore/bench/peers"
	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/survival"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/storetest"
)

func TestMain(m *testing.M) {
	survival.ServeChild()
	server.Main(m)
}

// embedded is a plan of a few seconds that needs no server.
func embedded() Plan {
	return Plan{
		Configs:   []target.Config{{Backend: "memory", Durability: "none"}, {Backend: "bolt", Durability: "async"}, {Backend: "bolt", Durability: "sync"}},
		Workloads: []string{"Get", "Web"}, SizeBytes: []int{128}, Clients: []int{1, 4}, Sessions: 100,
		Rounds: 2, RoundTime: 2 * time.Millisecond,
		Restarts: []survival.Cell{{Config: target.Config{Backend: "bolt", Durability: "sync"}, Event: survival.Reopen}},
		Growth: &growth.Setup{
			Sessions: []int{50, 100}, Operations: []string{"Get"}, Clients: []int{4}, SizeBytes: 128,
			Rounds: 1, RoundTime: 2 * time.Millisecond, Quiet: 10 * time.Millisecond,
		},
		Costs:   []int{100},
		Peers:   &peers.Setup{Sessions: 100, SizeBytes: 128, Rounds: 2, RoundTime: 2 * time.Millisecond},
		LeftOut: []string{"servers"},
	}
}

// done carries out a plan.
func done(t *testing.T, p Plan) (*figures.Run, error) {
	t.Helper()
	c := New(p, t.TempDir())
	err := c.Run(t.Context(), func(p Progress) { t.Logf("%d of %d, %v left: %s", p.Done, p.All, p.Left, p.Title) })
	return c.Figures(), err
}

// TestEmbedded: everything that a plan asks for is in the figures, which can be
// written and read again.
func TestEmbedded(t *testing.T) {
	run, err := done(t, embedded())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := run.Write(&b); err != nil {
		t.Fatal(err)
	}
	if run, err = figures.Read(&b, "written"); err != nil {
		t.Fatal(err)
	}
	for what, n := range map[string][2]int{
		"latencies":  {len(run.Latencies), 3 * 2 * 2},
		"noises":     {len(run.Noises), 2 * 2},
		"baselines":  {len(run.Baselines), 1},
		"restarts":   {len(run.Restarts), 1},
		"growths":    {len(run.Growths), 3 * 2},
		"costs":      {len(run.Costs), 2}, // of memory, and bolt in one setting
		"left out":   {len(run.LeftOut()), 1},
		"incomplete": {len(run.Setting("incomplete")), 0},
	} {
		if n[0] != n[1] {
			t.Errorf("%s: got %d, want %d", what, n[0], n[1])
		}
	}
	for _, name := range []string{peers.Again, "otter", "baseline-one-transaction-per-write"} {
		if !slices.ContainsFunc(run.Peers, func(p figures.Peer) bool { return p.Peer == name && p.Ratio > 0 }) {
			t.Errorf("no ratio to %s", name)
		}
	}
	for _, key := range []string{"date", "machine", "disk", "go", "harness", "memory-none", "bolt-sync", "growth-size", "peer-otter"} {
		if run.Setting(key) == "" {
			t.Errorf("the head has no %s", key)
		}
	}
	if l := run.Latencies[0]; l.PerSecond <= 0 || l.Median() <= 0 || l.N == 0 {
		t.Errorf("the first figure is %+v", l)
	}
}

// TestServers: each kind of server is started, checked and measured.
func TestServers(t *testing.T) {
	plan := embedded()
	plan.Configs = []target.Config{{Backend: "redis", Durability: "always"}, {Backend: "memcached", Durability: "none"}, {Backend: "postgres", Durability: "async"}}
	plan.Workloads, plan.Clients = []string{"Get"}, []int{2}
	plan.Restarts, plan.Growth, plan.Peers = nil, nil, nil
	run, err := done(t, plan)
	absent := run.Unavailable()
	if len(absent) > 0 && os.Getenv("SESSIONSTORE_REQUIRE") == "" {
		t.Skip(absent)
	}
	if err != nil || len(absent) > 0 {
		t.Fatal(err, absent)
	}
	if len(run.Latencies) != 3 || len(run.Baselines) != 4 {
		t.Errorf("%d latencies and %d baselines, want 3 and 4", len(run.Latencies), len(run.Baselines))
	}
	redis := run.Server(figures.Target{Backend: "redis", Durability: "always"})
	if !strings.Contains(redis, "appendfsync=always") {
		t.Errorf("the settings of redis-always: %q", redis)
	}
}

// TestAbsentBackend: one that cannot run is named with the reason and the cure,
// and the others are measured.
func TestAbsentBackend(t *testing.T) {
	t.Setenv("SESSIONSTORE_SERVERS", "local")
	t.Setenv("SESSIONSTORE_REDIS_URL", "")
	t.Setenv("PATH", t.TempDir())
	plan := embedded()
	plan.Configs = append(plan.Configs, target.Config{Backend: "redis", Durability: "none"}, target.Config{Backend: "redis", Durability: "always"})
	plan.Restarts = append(plan.Restarts, survival.Cell{Config: target.Config{Backend: "redis", Durability: "always"}, Event: survival.KillServer})
	plan.Growth, plan.Peers = nil, nil
	run, err := done(t, plan)
	if err != nil {
		t.Fatal(err)
	}
	absent := run.Unavailable()
	if len(absent) != 1 || absent[0].Key != "redis" || !strings.Contains(absent[0].Value, "apt-get install redis-server") {
		t.Errorf("unavailable: %q, want redis once, with the cure", absent)
	}
	if strings.Contains(absent[0].Value, "redis-none") || strings.Contains(absent[0].Value, server.ErrUnavailable.Error()) {
		t.Errorf("the reason repeats what the reader knows: %q", absent[0].Value)
	}
	if len(run.Latencies) != 12 || len(run.Restarts) != 1 {
		t.Errorf("%d latencies and %d restarts, want those of the others: 12 and 1", len(run.Latencies), len(run.Restarts))
	}
}

func TestNoBackend(t *testing.T) {
	t.Setenv("SESSIONSTORE_SERVERS", "local")
	t.Setenv("PATH", t.TempDir())
	_, err := done(t, Quick().Only([]string{"redis"}))
	if err == nil || !strings.Contains(err.Error(), "apt-get install redis-server") {
		t.Errorf("Run: %v, want an error with the cure", err)
	}
}

// TestInterrupted: what was measured is there and marked, and nothing is open.
func TestInterrupted(t *testing.T) {
	plan := embedded()
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	c := New(plan, t.TempDir())
	err := c.Run(ctx, func(p Progress) {
		if strings.HasPrefix(p.Title, "Web") {
			cancel(reason)
		}
	})
	if !errors.Is(err, reason) {
		t.Errorf("Run: %v, want the cause", err)
	}
	run := c.Figures()
	if len(run.Latencies) != 6 || run.Setting("incomplete") == "" {
		t.Errorf("%d latencies, incomplete: %q, want those of Get, marked", len(run.Latencies), run.Setting("incomplete"))
	}
	if len(c.stores) > 0 || len(c.targets) > 0 || c.alone != nil {
		t.Error("stores or targets are still open")
	}
}

// TestFailedPart: a part that fails is named, and the others are measured.
func TestFailedPart(t *testing.T) {
	plan := embedded()
	plan.Clients = []int{1, 200} // of 100 sessions
	plan.Growth, plan.Peers = nil, nil
	run, err := done(t, plan)
	if err == nil || !strings.Contains(err.Error(), "Get, 128B, 200 clients: ") {
		t.Errorf("Run: %v, want the part that failed", err)
	}
	why := run.Setting("incomplete")
	if len(run.Latencies) != 6 || len(run.Restarts) != 1 || !strings.Contains(why, "Web, 128B, 200 clients: ") {
		t.Errorf("%d latencies, %d restarts, incomplete: %q, want 6, 1 and the parts", len(run.Latencies), len(run.Restarts), why)
	}
}

// forgetful loses every second Delete.
type forgetful struct {
	sessionstore.Store
	n int
}

func (f *forgetful) Delete(ctx context.Context, id string) error {
	f.n++
	if f.n%2 == 0 {
		return nil
	}
	return f.Store.Delete(ctx, id)
}

// TestConforms: a store that answers wrongly is told before it is measured.
func TestConforms(t *testing.T) {
	for name, wrong := range map[string]bool{"sound": false, "forgetful": true} {
		err := conforms(t.Context(), func(t storetest.T) sessionstore.Store {
			s, err := memory.New(memory.Options{SweepInterval: -1})
			if err != nil {
				t.Fatalf("%v", err)
			}
			t.Cleanup(func() { s.Close() })
			if wrong {
				return &forgetful{Store: s, n: 1}
			}
			return s
		})
		if (err != nil) != wrong {
			t.Errorf("%s: %v", name, err)
		}
	}
	closed := false
	err := conforms(t.Context(), func(t storetest.T) sessionstore.Store {
		t.Cleanup(func() { closed = true })
		t.Fatalf("no store")
		return nil
	})
	if err == nil || !closed {
		t.Errorf("a store that cannot be opened: %v, cleaned up: %v", err, closed)
	}
}

// TestWrongStoreHasNoFigures: what breaks the contract is named, and is not
// measured; the others are.
func TestWrongStoreHasNoFigures(t *testing.T) {
	plan := embedded()
	plan.Restarts, plan.Costs, plan.Peers = nil, nil, nil
	c := New(plan, t.TempDir())
	c.wrap = func(config target.Config, s sessionstore.Store) sessionstore.Store {
		if config.String() == "bolt-async" {
			return &forgetful{Store: s, n: 1}
		}
		return s
	}
	err := c.Run(t.Context(), func(Progress) {})
	if err == nil || !strings.Contains(err.Error(), "checking bolt-async: ") {
		t.Errorf("Run: %v, want the check that failed", err)
	}
	run := c.Figures()
	wrong := figures.Target{Backend: "bolt", Durability: "async"}
	if len(run.Latencies) != 2*2*2 || slices.ContainsFunc(run.Latencies, func(l figures.Latency) bool { return l.Target == wrong }) {
		t.Errorf("%d latencies, want those of the two others: %+v", len(run.Latencies), run.Latencies)
	}
	if len(run.Growths) != 2*2 || slices.ContainsFunc(run.Growths, func(g figures.Growth) bool { return g.Target == wrong }) {
		t.Errorf("%d growths, want those of the two others: %+v", len(run.Growths), run.Growths)
	}
	absent := run.Unavailable()
	if len(absent) != 1 || absent[0].Key != "bolt-async" || !strings.Contains(absent[0].Value, "contract") {
		t.Errorf("unavailable: %q, want bolt-async and the reason", absent)
	}
}

// TestServerThatFails: an address where nobody answers is a failure, and the
// others are measured.
func TestServerThatFails(t *testing.T) {
	t.Setenv("SESSIONSTORE_SERVERS", "auto")
	t.Setenv("SESSIONSTORE_REDIS_URL", "redis://127.0.0.1:1")
	plan := embedded()
	plan.Configs = append(plan.Configs[:1], target.Config{Backend: "redis", Durability: "always"}, target.Config{Backend: "redis", Durability: "none"})
	plan.Workloads, plan.Clients = []string{"Get"}, []int{2}
	plan.Restarts, plan.Growth, plan.Peers = nil, nil, nil
	run, err := done(t, plan)
	if err == nil || strings.Count(err.Error(), "redis-") != 1 {
		t.Errorf("Run: %v, want the server that does not answer, once", err)
	}
	absent := run.Unavailable()
	if len(absent) != 1 || absent[0].Key != "redis" || len(run.Latencies) != 1 || run.Setting("incomplete") == "" {
		t.Errorf("%d latencies, unavailable: %q, incomplete: %q, want that of memory, and redis in both", len(run.Latencies), absent, run.Setting("incomplete"))
	}
}

// TestPlans: the plans ask for what there is.
func TestPlans(t *testing.T) {
	for name, plan := range map[string]Plan{"quick": Quick(), "full": Full()} {
		for _, w := range plan.Workloads {
			if !slices.Contains(workloads(), w) {
				t.Errorf("%s: there is no workload %s", name, w)
			}
		}
		if len(plan.Configs) != len(target.Configs()) || len(plan.Restarts) == 0 || plan.Growth == nil {
			t.Errorf("%s: something is not measured", name)
		}
		if len(plan.LeftOut) == 0 {
			t.Errorf("%s: does not say what it leaves out", name)
		}
		only := plan.Only([]string{"bolt"})
		if len(only.Configs) != 2 || slices.ContainsFunc(only.Restarts, func(c survival.Cell) bool { return c.Backend != "bolt" }) {
			t.Errorf("%s: only bolt has %v and %v", name, only.Configs, only.Restarts)
		}
		if others := only.LeftOut[len(only.LeftOut)-1]; others != "of the backends memory, memcached, redis, postgres" {
			t.Errorf("%s: only bolt leaves out %q", name, others)
		}
		if all := plan.Only(Backends()); !slices.Equal(all.LeftOut, plan.LeftOut) {
			t.Errorf("%s: all backends leave out %q, want %q", name, all.LeftOut, plan.LeftOut)
		}
	}
	if want := []string{"memory", "bolt", "memcached", "redis", "postgres"}; !slices.Equal(Backends(), want) {
		t.Errorf("Backends: %q, want %q", Backends(), want)
	}
}

// TestClock: what is left follows from the plan, and from how far off it was.
func TestClock(t *testing.T) {
	now := time.Unix(0, 0)
	steps := []step{{estimate: 10 * time.Second}, {estimate: 10 * time.Second}, {estimate: 20 * time.Second}}
	c := newClock(steps, func() time.Time { return now })
	if got := c.remaining(); got != 40*time.Second {
		t.Errorf("at the beginning: %v, want 40s", got)
	}
	c.begin()
	now = now.Add(25 * time.Second)
	c.end(steps[0])
	if got := c.remaining(); got != time.Minute {
		t.Errorf("after 25 s for 10: %v, want 1m, twice the plan", got)
	}
	c.begin()
	c.end(steps[1])
	c.begin()
	c.end(steps[2])
	if got := c.remaining(); got != 0 {
		t.Errorf("at the end: %v, want 0", got)
	}
}
