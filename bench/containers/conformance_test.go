package containers

import (
	"context"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/storetest"
)

// TestConformance runs the whole suite on each backend with its server in a
// container, which it stops and kills as well.
func TestConformance(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			b := backends[k.name]
			storetest.Run(t, harness(started(t, k.name, b.args...), b))
		})
	}
}

// harness returns what the suite can do to a backend on s.
func harness(s *Server, b backend) storetest.Harness {
	var names sync.Map // of the stores
	named := func(t storetest.T, name string, store sessionstore.Store, err error) sessionstore.Store {
		if err != nil {
			t.Fatalf("%v", err)
		}
		names.Store(store, name)
		t.Cleanup(func() { names.Delete(store); sessionstore.Close(store) })
		return store
	}
	nameOf := func(store sessionstore.Store) string {
		name, _ := names.Load(store)
		return name.(string)
	}
	open := func(t storetest.T, name string) sessionstore.Store {
		store, err := b.open(t.Context(), s.URL(), name)
		return named(t, name, store, err)
	}
	again := func(t storetest.T, store sessionstore.Store) sessionstore.Store { return open(t, nameOf(store)) }
	return storetest.Harness{
		New:           func(t storetest.T) sessionstore.Store { return open(t, newName()) },
		Lacks:         b.lacks,
		TTLSlack:      b.slack,
		TTLResolution: b.resolution,
		Peer:          again,
		Reopen:        again,
		Neighbours: func(t storetest.T, store sessionstore.Store) (near []sessionstore.Store) {
			name := nameOf(store)
			for _, other := range []string{name + "2", strings.ToUpper(name), name[:len(name)-1]} {
				near = append(near, open(t, other))
			}
			return near
		},
		Corrupt: b.corrupt(s.URL(), nameOf),
		Addr:    s.Addr(),
		Via: func(t storetest.T, store sessionstore.Store, addr string) sessionstore.Store {
			name, url := nameOf(store), strings.Replace(s.URL(), s.Addr(), addr, 1)
			via, err := b.open(t.Context(), url, name)
			if err != nil {
				via, err = b.lazy(t, url, name)
			}
			return named(t, name, via, err)
		},
		RoundTrips: "../../" + s.kind.name + "/testdata/roundtrips.json",
		Restart:    func(t storetest.T, _ sessionstore.Store) { must(t, s.Stop); must(t, s.Start) },
		Kill:       func(t storetest.T, _ sessionstore.Store) { must(t, s.Kill); must(t, s.Start) },
		Child: func(_ storetest.T, store sessionstore.Store) *exec.Cmd {
			return child("serve", s.kind.name, s.URL(), nameOf(store))
		},
	}
}

// must does something to a server that has to succeed.
func must(t storetest.T, do func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := do(ctx); err != nil {
		t.Fatalf("%v", err)
	}
}

// newName returns a name for a prefix or a table that no other store has.
func newName() string {
	return "test_" + strings.ToLower(strings.NewReplacer("-", "_", ".", "_", "~", "_").Replace(sessionstore.NewID()[:20]))
}
