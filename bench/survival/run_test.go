package survival

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestSetupRefuses: an error names what is wrong, and what to do.
func TestSetupRefuses(t *testing.T) {
	memory := memoryTarget(t)
	given := testserver.NewRedis(t, "--appendfsync", "always")
	t.Setenv("SESSIONSTORE_SERVERS", "auto")
	t.Setenv(server.Variable("redis"), given.URL())
	foreign := opened(t, target.Config{Backend: "redis", Durability: "always"})
	for _, c := range []struct {
		setup Setup
		want  string
	}{
		{Setup{Event: Reopen}, "Setup.Target"},
		{Setup{Target: memory, Event: KillServer}, "[reopen kill-application]"},
		{Setup{Target: memory, Event: Reopen, SizeBytes: 10}, "SizeBytes"},
		{Setup{Target: memory, Event: Reopen, Rate: -1}, "below zero"},
		{Setup{Target: memory, Event: Reopen, Peer: "nobody"}, "nobody"},
		{Setup{Target: memory, Event: Reopen, Peer: "rueidis"}, "rueidis"},
		{Setup{Target: foreign, Event: KillServer}, "unset SESSIONSTORE_REDIS_URL"},
	} {
		_, err := Run(t.Context(), c.setup)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", c.setup.Event, err, c.want)
		}
	}
}

// TestSetupNeedsServeChild: without it the child would do what its parent does.
func TestSetupNeedsServeChild(t *testing.T) {
	childServed.Store(false)
	defer childServed.Store(true)
	_, err := Run(t.Context(), Setup{Target: memoryTarget(t), Event: KillApplication})
	if err == nil || !strings.Contains(err.Error(), "ServeChild") {
		t.Errorf("%v, want an error that names ServeChild", err)
	}
}

// TestGivenServerIsLeftClean: what a server that stays was given is removed.
func TestGivenServerIsLeftClean(t *testing.T) {
	given := testserver.NewRedis(t, "--appendfsync", "always")
	t.Setenv("SESSIONSTORE_SERVERS", "auto")
	t.Setenv(server.Variable("redis"), given.URL())
	tg := opened(t, target.Config{Backend: "redis", Durability: "always"})
	for _, e := range []Event{Reopen, KillApplication, CutNetwork} {
		r, err := Run(t.Context(), Setup{Target: tg, Event: e, Clients: 2, Time: 50 * time.Millisecond, Outage: 50 * time.Millisecond})
		if err != nil || r.Kept == 0 {
			t.Fatalf("%s: %v, %v", e, r, err)
		}
		counters, err := tg.Counters(t.Context())
		if err != nil || counters.Records != 0 {
			t.Errorf("%s: %+v, %v, want no record", e, counters, err)
		}
	}
}

// TestCancel: a run that is given up ends soon, with its child and its relay,
// whatever it was at.
func TestCancel(t *testing.T) {
	for _, c := range []struct {
		config target.Config
		event  Event
	}{
		{target.Config{Backend: "bolt", Durability: "async"}, Reopen},
		{target.Config{Backend: "bolt", Durability: "async"}, KillApplication},
		{target.Config{Backend: "redis", Durability: "none"}, CutNetwork},
	} {
		t.Run(c.config.String()+"/"+string(c.event), func(t *testing.T) {
			tg := opened(t, c.config)
			before, goroutines := processes(t), runtime.NumGoroutine()
			ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
			defer cancel()
			begin := time.Now()
			_, err := Run(ctx, Setup{Target: tg, Event: c.event, Clients: 2, Time: 2 * time.Second, Outage: time.Minute})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want the context's error", err)
			}
			if took := time.Since(begin); took > 15*time.Second {
				t.Errorf("it took %v to give up", took)
			}
			if after := processes(t); !slices.Equal(after, before) {
				t.Errorf("processes: %v, want %v as before", after, before)
			}
			for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > goroutines; time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%d goroutines, want %d as before", runtime.NumGoroutine(), goroutines)
				}
			}
		})
	}
}

// processes returns those that this one has started, where the system tells.
func processes(t *testing.T) []int {
	t.Helper()
	pids, err := family(os.Getpid())
	if err != nil {
		t.Log(err)
	}
	slices.Sort(pids)
	return pids
}

// TestChildEndsWithItsParent: a child whose parent has gone reads the end of
// its commands.
func TestChildEndsWithItsParent(t *testing.T) {
	l := newLedger()
	child, err := startChild(order{Place: memoryTarget(t).Place(), Shape: shape{Clients: 2, SizeBytes: 64, Rate: 1000, ProbeTTL: time.Second}}, l)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(child.seed(t.Context()), child.start(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := child.close(); err != nil { // it waits for the end of the process
		t.Error(err)
	}
	if l.acknowledged() < 2*seedsPerClient {
		t.Errorf("%d writes were told, want at least %d", l.acknowledged(), 2*seedsPerClient)
	}
}

// TestChildSaysWhatIsWrong: what a child could not do reaches its parent.
func TestChildSaysWhatIsWrong(t *testing.T) {
	place := memoryTarget(t).Place()
	place.Backend = "paper"
	child, err := startChild(order{Place: place}, newLedger())
	if err != nil {
		t.Fatal(err)
	}
	if err := child.seed(t.Context()); err == nil || !strings.Contains(err.Error(), "paper") {
		t.Errorf("%v, want the reason why the store was not opened", err)
	}
}

// TestPeers: the stores of others go through the same.
func TestPeers(t *testing.T) {
	for _, e := range []Event{KillServer, KillApplication} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			tg := opened(t, target.Config{Backend: "redis", Durability: "always"})
			r, err := Run(t.Context(), Setup{Target: tg, Event: e, Peer: "scs-goredisstore", Clients: 2, Time: 100 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r)
			if r.Peer != "scs-goredisstore" || r.Acked == 0 || r.Lost+r.Revived > 0 {
				t.Errorf("%v, want everything kept", r)
			}
		})
	}
}
