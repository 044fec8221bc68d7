package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/open"
	"github.com/coatcheck/sessionstore/storetest"
)

// matrix has the backends that are compared, each with its server, from the
// first benchmark to the end.
type matrix struct {
	dir     string
	entries []*entry
	absent  map[target.Config]error // could not be opened
}

// entry is one backend in one setting.
type entry struct {
	*target.Target
	settings target.Settings
	checked  bool
	stores   map[int]stored // by the size of the sessions
}

type stored struct {
	store open.Store
	place target.Place
}

var (
	openOnce sync.Once
	shared   *matrix
	openErr  error
)

// begin opens every backend and prints the head of the results, once. Each
// benchmark calls it first.
func begin(b *testing.B) *matrix {
	b.Helper()
	openOnce.Do(func() {
		if shared, openErr = openMatrix(context.WithoutCancel(b.Context())); openErr == nil {
			shared.printHead(b.Context(), os.Stdout)
		}
	})
	if openErr != nil {
		b.Fatal(openErr)
	}
	return shared
}

// openMatrix opens what it can. A backend without a server is left out, with
// its reason, unless the environment requires it.
func openMatrix(ctx context.Context) (*matrix, error) {
	dir, err := testserver.Dir("bench")
	if err != nil {
		return nil, err
	}
	m := &matrix{dir: dir, absent: map[target.Config]error{}}
	for _, c := range target.Configs() {
		if err := m.open(ctx, c); err != nil {
			return nil, errors.Join(err, m.close(ctx))
		}
	}
	if err := m.missing(); err != nil {
		return nil, errors.Join(err, m.close(ctx))
	}
	return m, nil
}

func (m *matrix) open(ctx context.Context, c target.Config) error {
	t, err := c.Open(ctx, m.dir)
	if errors.Is(err, server.ErrUnavailable) {
		m.absent[c] = err
		return nil
	}
	if err != nil {
		return err
	}
	e := &entry{Target: t, stores: map[int]stored{}}
	m.entries = append(m.entries, e)
	e.settings, err = t.Settings(ctx)
	return err
}

// missing returns why a backend that the environment requires can run in none
// of its settings. (One that was given has one.)
func (m *matrix) missing() error {
	for c, why := range m.absent {
		if must, err := testserver.Required(c.Backend); err != nil || must && !m.runs(c.Backend) {
			return errors.Join(fmt.Errorf("%w (SESSIONSTORE_REQUIRE requires it)", why), err)
		}
	}
	return nil
}

func (m *matrix) runs(backend string) bool {
	return slices.ContainsFunc(m.entries, func(e *entry) bool { return e.Backend == backend })
}

// store returns the store for sessions of that size, which stays open.
func (e *entry) store(ctx context.Context, sizeBytes int) (sessionstore.Store, error) {
	if s, ok := e.stores[sizeBytes]; ok {
		return s.store, nil
	}
	place := e.Place()
	s, err := place.Open(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	e.stores[sizeBytes] = stored{s, place}
	return s, nil
}

// check runs the core of the conformance suite, once, just before the first
// figure of this server: what answers wrongly has none.
func (e *entry) check(b *testing.B) {
	if e.checked {
		return
	}
	storetest.Core(b, storetest.Harness{New: func(t storetest.T) sessionstore.Store {
		place := e.Place()
		s, err := place.Open(t.Context())
		if err != nil {
			t.Fatalf("%v", err)
		}
		t.Cleanup(func() {
			if err := errors.Join(s.Close(), e.remove(context.WithoutCancel(t.Context()), place)); err != nil {
				t.Errorf("%s: %v", e.Config, err)
			}
		})
		return s
	}})
	if b.Failed() {
		b.Fatalf("%s does not keep the contract, and so has no figures", e.Config)
	}
	e.checked = true
}

// remove removes what is in a place, but on memcached, which could only forget
// everything: there it is left until it expires.
func (e *entry) remove(ctx context.Context, p target.Place) error {
	if e.Backend == "memcached" {
		return nil
	}
	return e.Remove(ctx, p)
}

func closeMatrix() error {
	if shared == nil {
		return nil
	}
	return shared.close(context.Background())
}

func (m *matrix) close(ctx context.Context) error {
	var errs []error
	for _, e := range m.entries {
		for _, s := range e.stores {
			errs = append(errs, s.store.Close())
			if e.Server != nil && !e.Server.Owned() {
				errs = append(errs, e.remove(ctx, s.place))
			}
		}
		errs = append(errs, e.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(m.dir))...)
}
