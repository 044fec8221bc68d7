package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// smallLoad is a load that ends in milliseconds. Each of its sessions is
// watched.
func smallLoad(s sessionstore.Store, w Workload) *Load {
	return &Load{Store: s, Workload: w, Sessions: 200, SizeBytes: 64, Clients: 4}
}

func workload(t testing.TB, name string) Workload {
	t.Helper()
	i := slices.IndexFunc(Workloads(), func(w Workload) bool { return w.Name == name })
	if i < 0 {
		t.Fatalf("there is no workload %q", name)
	}
	return Workloads()[i]
}

// TestLoadDoesEachOperation: every client does its share, and each operation
// is recorded by the client that did it.
func TestLoadDoesEachOperation(t *testing.T) {
	const n = 1001 // not a multiple of the clients
	for _, w := range Workloads() {
		t.Run(w.Name, func(t *testing.T) {
			var recorded [4]int
			l := smallLoad(newMemory(t), w)
			l.Record = func(client int, _ time.Duration) { recorded[client]++ }
			if err := l.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			took, err := l.Run(t.Context(), n)
			if err != nil {
				t.Fatal(err)
			}
			if want := [4]int{251, 250, 250, 250}; recorded != want {
				t.Errorf("operations of the clients: got %v, want %v", recorded, want)
			}
			if took <= 0 {
				t.Errorf("time taken: got %v, want more than 0", took)
			}
		})
	}
}

// calls counts what is asked of a store, by operation.
type calls [6]atomic.Int64

const (
	gets = iota
	sets
	touches
	slides
	swaps
	deletions
)

func (n *calls) of(s sessionstore.Store) *hooks {
	return &hooks{
		Store: s,
		get: func(ctx context.Context, id string) ([]byte, error) {
			n[gets].Add(1)
			return s.Get(ctx, id)
		},
		set: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
			n[sets].Add(1)
			return s.Set(ctx, id, data, ttl)
		},
		touch: func(ctx context.Context, id string, ttl time.Duration) error {
			n[touches].Add(1)
			return s.Touch(ctx, id, ttl)
		},
		getAndTouch: func(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
			n[slides].Add(1)
			return sessionstore.GetAndTouch(ctx, s, id, ttl)
		},
		swap: func(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
			n[swaps].Add(1)
			return sessionstore.CompareAndSwap(ctx, s, id, old, new, ttl)
		},
		delete: func(ctx context.Context, id string) error {
			n[deletions].Add(1)
			return s.Delete(ctx, id)
		},
	}
}

// TestWorkloadsAreTheirNames counts what is asked of the store while the time
// is taken. The mixes are drawn: 3 in 100 of all operations is far more than
// chance would ever add.
func TestWorkloadsAreTheirNames(t *testing.T) {
	const n = 10_000
	for name, want := range map[string][6]int64{
		"Get":            {gets: n},
		"GetMiss":        {gets: n},
		"Set":            {sets: n},
		"Touch":          {touches: n},
		"GetAndTouch":    {slides: n},
		"CompareAndSwap": {swaps: n},
		"Delete":         {deletions: n},
		"Web":            {gets: n * 90 / 100, touches: n * 8 / 100, sets: n * 2 / 100},
		"YCSBA":          {gets: n / 2, sets: n / 2},
	} {
		t.Run(name, func(t *testing.T) {
			ref := newMemory(t)
			l := smallLoad(ref, workload(t, name))
			if err := l.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			if setUp := l.Workload.setUp; setUp != nil {
				if err := setUp(t.Context(), l, n); err != nil {
					t.Fatal(err)
				}
			}
			var got calls
			l.Store = got.of(ref)
			if _, err := l.work(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			for i := range got {
				count := got[i].Load()
				if exact := want[i] == 0 || want[i] == n; exact && count != want[i] || abs(count-want[i]) > n*3/100 {
					t.Errorf("operation %d: got %d of %d, want %d", i, count, n, want[i])
				}
			}
		})
	}
}

func abs(n int64) int64 { return max(n, -n) }

// TestLoadsShareSessions: a second load of the same size stores nothing anew,
// and reads what the first wrote.
func TestLoadsShareSessions(t *testing.T) {
	ref := newMemory(t)
	var count calls
	for i, name := range []string{"Set", "CompareAndSwap", "YCSBA", "Delete", "Get", "CompareAndSwap"} {
		l := smallLoad(count.of(ref), workload(t, name))
		if err := l.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := count[sets].Swap(0), int64(l.Sessions); i == 0 && got != want || i > 0 && got != 0 {
			t.Errorf("%s, load %d: Prepare stored %d sessions, want %d by the first alone", name, i, got, want)
		}
		for range 2 {
			if _, err := l.Run(t.Context(), 500); err != nil {
				t.Errorf("%s, load %d: %v", name, i, err)
			}
		}
		count[sets].Store(0)
	}
}

// TestDeleteInParts deletes more than may wait to be deleted.
func TestDeleteInParts(t *testing.T) {
	var count calls
	l := smallLoad(count.of(newMemory(t)), workload(t, "Delete"))
	if err := l.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	stored := count[sets].Load()
	const n = 2*deleteLimit + 5
	if _, err := l.Run(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if got := count[deletions].Load(); got != n {
		t.Errorf("deletions: got %d, want %d", got, n)
	}
	if got := count[sets].Load() - stored; got != n {
		t.Errorf("sessions stored to be deleted: got %d, want %d", got, n)
	}
}

// TestSetUpTakesNoTime: an hour of the set-up and of the check is not in the
// time that Run returns.
func TestSetUpTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ref := newMemory(t)
		slow := &hooks{
			Store: ref,
			get: func(ctx context.Context, id string) ([]byte, error) {
				time.Sleep(time.Hour / 2)
				return ref.Get(ctx, id)
			},
			delete: func(ctx context.Context, id string) error {
				time.Sleep(time.Second)
				return ref.Delete(ctx, id)
			},
		}
		l := smallLoad(slow, workload(t, "Delete"))
		const n = deleteLimit + 40 // two parts, each with a set-up
		took, err := l.Run(t.Context(), n)
		if want := n / 4 * time.Second; err != nil || took != want {
			t.Errorf("%d deletions of 1s by 4 clients: got %v and error %v, want %v", n, took, err, want)
		}
	})
}

// TestLoadRefuses what can only be a mistake.
func TestLoadRefuses(t *testing.T) {
	s, get := newMemory(t), workload(t, "Get")
	for _, c := range []struct {
		load Load
		want string
	}{
		{Load{Workload: get}, "needs a Store"},
		{Load{Store: s}, "needs a Store and a Workload"},
		{Load{Store: s, Workload: get, Sessions: 3, Clients: 4}, "3 sessions are too few for 4 clients"},
		{Load{Store: s, Workload: get, Clients: -1}, "too few for -1 clients"},
		{Load{Store: s, Workload: get, SizeBytes: 23}, "want 24 to 1000000"},
		{Load{Store: s, Workload: get, SizeBytes: sessionstore.MaxDataBytes + 1}, "want 24 to 1000000"},
	} {
		err := c.load.Prepare(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want one with %q", err, c.want)
		}
	}
}

func TestLoadOfLeastAndMostBytes(t *testing.T) {
	for _, size := range []int{minLoadBytes, minLoadBytes + 1, sessionstore.MaxDataBytes} {
		for _, w := range Workloads() {
			l := &Load{Store: newMemory(t), Workload: w, Sessions: 2, SizeBytes: size, Clients: 2}
			if err := l.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Run(t.Context(), 5); err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
	}
}

func TestLoadUnsupported(t *testing.T) {
	plain := struct{ sessionstore.Store }{newMemory(t)} // only the four methods
	for _, w := range Workloads() {
		err := smallLoad(plain, w).Prepare(t.Context())
		if got, want := errors.Is(err, errors.ErrUnsupported), w.Name == "CompareAndSwap"; got != want {
			t.Errorf("%s: got error %v, want one that matches ErrUnsupported: %v", w.Name, err, want)
		}
	}
}

// TestLoadEndsWithItsContext: a cancelled load ends all its clients, and says why.
func TestLoadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := smallLoad(newMemory(t), workload(t, "Web"))
	if err := l.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	l.Record = func(int, time.Duration) { cancel() }
	if _, err := l.Run(ctx, 1_000_000_000); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
}
