package measure

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/storetest"
)

// slow is a store whose reads take a known time, and that notes who was read.
type slow struct {
	sessionstore.Store
	name string
	read time.Duration
	log  *[]string
}

func (s slow) Get(ctx context.Context, id string) ([]byte, error) {
	if n := len(*s.log); n == 0 || (*s.log)[n-1] != s.name {
		*s.log = append(*s.log, s.name)
	}
	time.Sleep(s.read)
	return s.Store.Get(ctx, id)
}

func newMemory(t *testing.T) sessionstore.Store {
	t.Helper()
	s, err := memory.New(memory.Options{SweepInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newSlow(t *testing.T, name string, read time.Duration, log *[]string) Contender {
	return Contender{name, slow{newMemory(t), name, read, log}}
}

func workload(t *testing.T, name string) storetest.Workload {
	t.Helper()
	all := storetest.Workloads()
	i := slices.IndexFunc(all, func(w storetest.Workload) bool { return w.Name == name })
	if i < 0 {
		t.Fatalf("there is no workload %q", name)
	}
	return all[i]
}

// TestInterleave has reads of known durations on a fake clock.
func TestInterleave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		contenders := []Contender{
			newSlow(t, "A", time.Millisecond, &log),
			newSlow(t, "B", 2*time.Millisecond, &log),
			newSlow(t, "C", 10*time.Millisecond, &log),
		}
		shape := Shape{Sessions: 100, SizeBytes: 64, Clients: 1}
		samples, err := Interleave(t.Context(), workload(t, "Get"), shape, 4, time.Second, contenders)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split("A B C A B C B A B C B A", " ") // warm-up, then ABC CBA ABC CBA
		if !slices.Equal(log, want) {
			t.Errorf("order: got %v, want %v", log, want)
		}
		for i, perSecond := range []float64{1000, 500, 100} {
			checkSample(t, samples[i], contenders[i].Name, perSecond)
		}
	})
}

func checkSample(t *testing.T, s Sample, name string, perSecond float64) {
	t.Helper()
	if s.Name != name || len(s.Rounds) != 4 || math.Round(s.PerSecond()) != perSecond {
		t.Errorf("got %s with %d rounds and %v/s, want %s with 4 and %v/s", s.Name, len(s.Rounds), s.PerSecond(), name, perSecond)
	}
	for _, r := range s.Rounds {
		if r < perSecond*0.999 || r > perSecond*1.001 {
			t.Errorf("%s: a round with %v operations a second, want %v", name, r, perSecond)
		}
	}
	if s.Elapsed < 4*time.Second || s.Elapsed > 5*time.Second {
		t.Errorf("%s: 4 rounds of 1s took %v", name, s.Elapsed)
	}
	if got := s.Hist.TotalCount(); got != s.Ops {
		t.Errorf("%s: %d durations of %d operations: the warm-up does not count", name, got, s.Ops)
	}
	read := float64(time.Second) / perSecond
	if got := float64(s.Hist.ValueAtPercentile(50)); got < read*0.999 || got > read*1.001 {
		t.Errorf("%s: median %v ns, want %v", name, got, read)
	}
}

// TestRoundsAreNeverShort: a store that became faster works as long as others.
func TestRoundsAreNeverShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &warming{Store: newMemory(t), read: time.Second}
		samples, err := Interleave(t.Context(), workload(t, "Get"), Shape{Sessions: 100, SizeBytes: 64}, 3, 10*time.Second,
			[]Contender{{"warming", s}})
		if err != nil {
			t.Fatal(err)
		}
		if got := samples[0].Elapsed; got < 30*time.Second {
			t.Errorf("three rounds of 10s took %v", got)
		}
	})
}

// warming is a store of which each read is a little faster than the last.
type warming struct {
	sessionstore.Store
	read time.Duration
}

func (s *warming) Get(ctx context.Context, id string) ([]byte, error) {
	time.Sleep(s.read)
	s.read = max(s.read*9/10, time.Millisecond)
	return s.Store.Get(ctx, id)
}

// TestInterleaveManyClients: the operations a second are those of all clients.
func TestInterleaveManyClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Contender{"A", sleeper{newMemory(t)}}
		shape := Shape{Sessions: 100, SizeBytes: 64, Clients: 8}
		samples, err := Interleave(t.Context(), workload(t, "Get"), shape, 2, time.Second, []Contender{s})
		if err != nil {
			t.Fatal(err)
		}
		if got := samples[0].PerSecond(); got < 7900 || got > 8001 {
			t.Errorf("8 clients with reads of 1ms: got %v operations a second, want 8000", got)
		}
	})
}

// sleeper reads in a millisecond, by many at once.
type sleeper struct{ sessionstore.Store }

func (s sleeper) Get(ctx context.Context, id string) ([]byte, error) {
	time.Sleep(time.Millisecond)
	return s.Store.Get(ctx, id)
}

// TestInterleaveNamesWhoFailed: an error says which of the stores it was.
func TestInterleaveNamesWhoFailed(t *testing.T) {
	sound := Contender{"sound", newMemory(t)}
	plain := Contender{"plain", struct{ sessionstore.Store }{newMemory(t)}} // only the four methods
	_, err := Interleave(t.Context(), workload(t, "CompareAndSwap"), Shape{Sessions: 10}, 1, time.Millisecond,
		[]Contender{sound, plain})
	if !errors.Is(err, errors.ErrUnsupported) || !strings.HasPrefix(err.Error(), "plain: ") {
		t.Errorf("got error %v, want ErrUnsupported of plain", err)
	}
}

func TestInterleaveIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := Contender{"A", newMemory(t)}
	if _, err := Interleave(ctx, workload(t, "Get"), Shape{}, 1, time.Second, []Contender{s}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
}
