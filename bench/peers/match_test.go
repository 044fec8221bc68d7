package peers

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/measure"
	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/storetest"
)

var small = Setup{Sessions: 64, SizeBytes: 64, Rounds: 2, RoundTime: 5 * time.Millisecond}

// match opens a match for one test.
func match(t *testing.T, on *target.Target) *Match {
	t.Helper()
	m, err := NewMatch(t.Context(), on)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return m
}

// TestMatch: all peers of all backends do the operations, with right answers,
// and have figures that make sense.
func TestMatch(t *testing.T) {
	for _, c := range Configs() {
		t.Run(c.Backend, func(t *testing.T) {
			t.Parallel()
			m := match(t, opened(t, c))
			for _, w := range Operations() {
				const clients = 4
				results, err := m.Play(t.Context(), w, clients, small)
				if err != nil {
					t.Fatal(err)
				}
				checkResults(t, results, w.Name, clients, c.Backend)
			}
		})
	}
}

func checkResults(t *testing.T, results []figures.Peer, op string, clients int, backend string) {
	t.Helper()
	want := []string{Again}
	for _, p := range Of(backend) {
		want = append(want, p.Name)
	}
	var got []string
	for _, r := range results {
		got = append(got, r.Peer)
		if r.Op != op || r.Clients != clients || r.Backend != backend {
			t.Errorf("%s: a figure of %s with %d clients on %s, want %s with %d on %s",
				r.Peer, r.Op, r.Clients, r.Backend, op, clients, backend)
		}
		if r.N <= 0 || r.PerSecond <= 0 || r.Median() <= 0 || r.RatioLow <= 0 || r.RatioLow > r.Ratio || r.Ratio > r.RatioHigh || math.IsInf(r.RatioHigh, 0) {
			t.Errorf("%s: %s: a figure makes no sense: %+v", op, r.Peer, r)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s on %s: got %v, want %v", op, backend, got, want)
	}
}

// TestWhoLacksIsLeftOut: a Touch is measured of those alone that have one.
func TestWhoLacksIsLeftOut(t *testing.T) {
	m := match(t, opened(t, config(t, "memory")))
	results, err := m.Play(t.Context(), workload(t, "Touch"), 1, Setup{Sessions: 64, Rounds: 1, RoundTime: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, r.Peer)
	}
	want := []string{Again, "otter", "otter-copying", "ttlcache", "ttlcache-copying", "limit-map"}
	if !slices.Equal(got, want) {
		t.Errorf("Touch: got %v, want %v", got, want)
	}
}

func workload(t *testing.T, name string) storetest.Workload {
	t.Helper()
	for _, w := range storetest.Workloads() {
		if w.Name == name {
			return w
		}
	}
	t.Fatalf("there is no workload %s", name)
	return storetest.Workload{}
}

// forgetful acknowledges writes and does nothing.
type forgetful struct{ Store }

func (forgetful) Set(context.Context, string, []byte, time.Duration) error { return nil }

// TestWrongAnswers: a peer that does not do its work has no figures, and is
// named.
func TestWrongAnswers(t *testing.T) {
	m := match(t, opened(t, config(t, "memory")))
	last := &m.players[len(m.players)-1]
	last.store = forgetful{last.store}
	results, err := m.Play(t.Context(), workload(t, "Get"), 1, small)
	if err == nil || !strings.Contains(err.Error(), last.name) {
		t.Errorf("got %v, %v, want an error that names %s", results, err, last.name)
	}
}

// TestRatios: ours over theirs, round by round.
func TestRatios(t *testing.T) {
	sample := func(rounds ...float64) measure.Sample {
		return measure.Sample{Hist: measure.NewHistogram(), Ops: 10, Elapsed: time.Second, Rounds: rounds}
	}
	for _, c := range []struct {
		ours, theirs     measure.Sample
		ratio, low, high float64
	}{
		{sample(100, 200, 300), sample(50, 400, 100), 2, 0.5, 3},
		{sample(100, 200, 300, 400), sample(50, 100, 75, 400), 2, 1, 4},
		{sample(100, 300, 300, 200), sample(100, 100, 100, 100), 2.5, 1, 3},
	} {
		r := complete(figures.Peer{}, c.ours, c.theirs)
		if r.Ratio != c.ratio || r.RatioLow != c.low || r.RatioHigh != c.high || r.PerSecond != 10 || r.N != 10 {
			t.Errorf("%v over %v: got %v (%v to %v), want %v (%v to %v)",
				c.ours.Rounds, c.theirs.Rounds, r.Ratio, r.RatioLow, r.RatioHigh, c.ratio, c.low, c.high)
		}
	}
}

// TestNothingStays on a server that was given.
func TestNothingStays(t *testing.T) {
	given := map[string]func() *testserver.Server{
		"redis":    func() *testserver.Server { return testserver.NewRedis(t, "--appendfsync", "everysec") },
		"postgres": func() *testserver.Server { return testserver.NewPostgres(t, "-c", "synchronous_commit=on") },
	}
	left := map[string]func(context.Context, target.Place) (int, error){"redis": redisKeys, "postgres": postgresTables}
	for backend, start := range given {
		t.Run(backend, func(t *testing.T) {
			t.Setenv("SESSIONSTORE_SERVERS", "auto")
			t.Setenv(server.Variable(backend), start().URL())
			on := opened(t, config(t, backend))
			before, err := left[backend](t.Context(), on.Place())
			if err != nil {
				t.Fatal(err)
			}
			m, err := NewMatch(t.Context(), on)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Play(t.Context(), workload(t, "Set"), 1, small); err != nil {
				t.Error(err)
			}
			during, err := left[backend](t.Context(), on.Place())
			if err != nil || during <= before {
				t.Errorf("during the match: %d keys or tables, %v, want more than %d", during, err, before)
			}
			if err := m.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if after, err := left[backend](t.Context(), on.Place()); after != before || err != nil {
				t.Errorf("after the match: %d keys or tables, %v, want %d as before", after, err, before)
			}
		})
	}
}

func redisKeys(ctx context.Context, place target.Place) (int, error) {
	client, err := dialRedis(ctx, place)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	n, err := client.DBSize(ctx).Result()
	return int(n), err
}

func postgresTables(ctx context.Context, place target.Place) (n int, err error) {
	conn, err := pgx.Connect(ctx, place.URL)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM pg_tables) + (SELECT count(*) FROM pg_namespace)`).Scan(&n)
	return n, err
}
