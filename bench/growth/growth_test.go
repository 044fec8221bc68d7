package growth

import (
	"context"
	"errors"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
)

func TestMain(m *testing.M) { server.Main(m) }

// small is a setup that ends in seconds.
func small(sessions ...int) Setup {
	return Setup{
		Sessions: sessions, Operations: []string{"Get", "CompareAndSwap"}, Clients: []int{4},
		Rounds: 1, RoundTime: 20 * time.Millisecond, Quiet: 200 * time.Millisecond,
	}
}

// opened opens a target for one test, or skips it where there is no server.
func opened(t *testing.T, c target.Config) *target.Target {
	t.Helper()
	opened, err := c.Open(t.Context(), t.TempDir())
	if errors.Is(err, server.ErrUnavailable) && os.Getenv("SESSIONSTORE_REQUIRE") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return opened
}

// TestRun has every backend once: the figures are those asked for, and
// plausible.
func TestRun(t *testing.T) {
	for _, c := range costly {
		t.Run(c.Backend, func(t *testing.T) {
			if c.Backend != "memory" { // the heap is everybody's
				t.Parallel()
			}
			var parts []string
			s := small(300, 3000)
			s.Progress = func(part string) { parts = append(parts, part) }
			r, err := Run(t.Context(), opened(t, c), s)
			if err != nil {
				t.Fatal(err)
			}
			checkSpeeds(t, r.Speeds, c)
			checkCosts(t, r.Costs, c)
			if text := strings.Join(parts, "\n"); !strings.Contains(text, c.String()+": 3k sessions: CompareAndSwap, 4 clients") {
				t.Errorf("Progress was told\n%s\nwant each part", text)
			}
		})
	}
}

func checkSpeeds(t *testing.T, speeds []figures.Growth, c target.Config) {
	t.Helper()
	var got []string
	for _, s := range speeds {
		got = append(got, s.Op+" "+figures.Count(s.Sessions))
		if s.Clients != 4 || s.Target != figures.Target(c) || s.N == 0 || s.Median() <= 0 || s.PerSecond <= 0 {
			t.Errorf("got %+v, want 4 clients of %s with a median and a rate", s, c)
		}
	}
	want := "Get 300, CompareAndSwap 300, Get 3k, CompareAndSwap 3k"
	if got := strings.Join(got, ", "); got != want {
		t.Errorf("measured %s, want %s", got, want)
	}
}

func checkCosts(t *testing.T, costs []figures.Cost, c target.Config) {
	t.Helper()
	if len(costs) != 2 || costs[0].Sessions != 300 || costs[1].Sessions != 3000 {
		t.Fatalf("got costs %+v, want those of 300 and of 3000 sessions", costs)
	}
	for _, cost := range costs {
		if cost.BytesPerSession < 512 || cost.BytesPerSession > 4*512 {
			t.Errorf("%d sessions of 512 bytes: %v bytes each, want more, and not four times as much", cost.Sessions, cost.BytesPerSession)
		}
		for what, ns := range map[string]float64{"load": cost.LoadNs, "expire": cost.ExpireNs, "longest": cost.LongestNs, "quiet": cost.QuietNs} {
			if !(ns > 0 && ns < 1e10) {
				t.Errorf("%d sessions: %s: %v ns", cost.Sessions, what, ns)
			}
		}
		if got, want := !math.IsNaN(cost.GCPercent), c.Backend == "memory"; got != want {
			t.Errorf("share of the collector was measured: %v, want %v", got, want)
		}
		if got, want := !math.IsNaN(cost.ExpireCPUNs), c.Backend == "redis" || c.Backend == "memcached"; got != want {
			t.Errorf("the server's time was measured: %v, want %v", got, want)
		}
		n := float64(cost.Sessions)
		if most := float64(runtime.NumCPU())*n*cost.ExpireNs + 2e7; n*cost.ExpireCPUNs > most {
			t.Errorf("%d sessions: their removal took %v ns of the server, more than all processors have in %v ns",
				cost.Sessions, n*cost.ExpireCPUNs, n*cost.ExpireNs)
		}
	}
	if ratio := costs[1].BytesPerSession / costs[0].BytesPerSession; ratio < 0.6 || ratio > 1.6 {
		t.Errorf("a session takes %v bytes of 300 and %v of 3000, want about as many", costs[0].BytesPerSession, costs[1].BytesPerSession)
	}
}

// TestCosts: Run measures what sessions of each backend take, and once.
func TestCosts(t *testing.T) {
	count := map[string]int{}
	for _, c := range target.Configs() {
		count[c.Backend] += 0
		if HasCost(c) {
			count[c.Backend]++
		}
	}
	for backend, n := range count {
		if n != 1 {
			t.Errorf("%s: the costs of %d configurations are measured, want 1", backend, n)
		}
	}
	r, err := Run(t.Context(), opened(t, target.Config{Backend: "bolt", Durability: "async"}), small(100, reachOfAll+1))
	if err != nil || len(r.Costs) != 0 || len(r.Speeds) != 2 {
		t.Errorf("bolt-async: got %+v, %v, want no costs, and two operations among 100 sessions", r, err)
	}
}

// TestEvictionFails: a memcached with too little room drops sessions, and then
// there are no figures.
func TestEvictionFails(t *testing.T) {
	t.Setenv(server.Variable("memcached"), "") // one that was given has its own room
	s, err := server.Start(t.Context(), "memcached", "-m", "2")
	if errors.Is(err, server.ErrUnavailable) && os.Getenv("SESSIONSTORE_REQUIRE") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	narrow := &target.Target{Config: target.Config{Backend: "memcached", Durability: "none"}, Server: s}
	m := New(narrow, small())
	if _, err := m.Cost(t.Context(), 20_000); !errors.Is(err, ErrEvicted) {
		t.Errorf("Cost: %v, want ErrEvicted", err)
	}
	if _, err := m.Speeds(t.Context(), 20_000); !errors.Is(err, ErrEvicted) || !strings.Contains(err.Error(), "memcached -m") {
		t.Errorf("Speeds: %v, want ErrEvicted and what to do", err)
	}
}

// TestCrowded: a redis is refused that would remove what has expired at leisure.
func TestCrowded(t *testing.T) {
	redis := opened(t, target.Config{Backend: "redis", Durability: "none"})
	m := New(redis, small())
	r, err := m.Fill(t.Context(), maxOthers+1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Cost(t.Context(), 100); !errors.Is(err, ErrCrowded) {
		t.Errorf("Cost beside %d sessions: %v, want ErrCrowded", maxOthers+1, err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Cost(t.Context(), 100); err != nil {
		t.Errorf("Cost when they are removed: %v", err)
	}
}

// TestLate: sessions that end before they are all stored, or too soon
// afterwards to be measured, are noticed.
func TestLate(t *testing.T) {
	m := New(opened(t, target.Config{Backend: "bolt", Durability: "async"}), small())
	for _, life := range []time.Duration{time.Millisecond, m.setup.Quiet} {
		if _, err := m.attempt(t.Context(), 2000, life); !errors.Is(err, errLate) {
			t.Errorf("sessions that live %v: %v, want errLate", life, err)
		}
	}
}

// TestInTime: what came too late is tried again with more time, and nothing
// else is.
func TestInTime(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		needs time.Duration
		err   error
		tries int
		want  error
	}{
		{1, nil, 1, nil}, {3, nil, 3, nil}, {1, broken, 1, broken}, {1 << (attempts - 1), nil, attempts, nil}, {1 << attempts, nil, attempts, errLate},
	} {
		tries := 0
		err := inTime(1, func(life time.Duration) error {
			tries++
			if life < test.needs {
				return errLate
			}
			return test.err
		})
		if !errors.Is(err, test.want) || tries != test.tries {
			t.Errorf("%+v: %v after %d tries", test, err, tries)
		}
	}
}

// TestRunIsCancelled: what was begun ends at once.
func TestRunIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := small(1000)
	s.Progress = func(part string) {
		if strings.Contains(part, "end") {
			cancel()
		}
	}
	_, err := Run(ctx, opened(t, target.Config{Backend: "redis", Durability: "everysec"}), s)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v, want context.Canceled", err)
	}
}
