package postgres

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

func TestNamespace(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	stores := []*Store{s, namespaced(t, s, "a"), namespaced(t, namespaced(t, s, "a"), "b"), namespaced(t, s, strings.Repeat("n", 30))}
	for _, n := range stores {
		if err := n.Set(t.Context(), "id", []byte(n.namespace), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range stores {
		use(t, n)
		var all []string
		for session, err := range n.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, session.ID+" "+string(session.Data))
		}
		if len(all) != 1 || all[0] != "id "+n.namespace {
			t.Errorf("All in %q: got %q", n.namespace, all)
		}
	}
	if got, err := namespaced(t, s, "a").Get(t.Context(), "id"); string(got) != "a" {
		t.Errorf("the same namespace again: got %q and error %v, want a", got, err)
	}
}

// TestNamespaceEnds with its store, and not before.
func TestNamespaceEnds(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	n := namespaced(t, s, "a")
	if err := n.Close(); err != nil {
		t.Errorf("Close of a namespace: %v", err)
	}
	use(t, n)
	use(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, purge := n.DeleteExpired(t.Context())
	_, namespace := n.Namespace("b")
	_, list := listed(t.Context(), n, "id")
	for name, err := range map[string]error{
		"Create": n.Create(t.Context(), "id", nil, time.Hour), "Ping": n.Ping(t.Context()), "Clear": n.Clear(t.Context()),
		"RotateSwap": n.RotateSwap(t.Context(), "id", "id", nil, nil, time.Hour), "DeleteExpired": purge, "Namespace": namespace, "All": list,
	} {
		if !errors.Is(err, sessionstore.ErrClosed) {
			t.Errorf("%s after Close of the store: got error %v, want ErrClosed", name, err)
		}
	}
	if err := n.Close(); err != nil {
		t.Errorf("Close of a namespace of a closed store: %v", err)
	}
}

func namespaced(t *testing.T, s *Store, name string) *Store {
	t.Helper()
	n, err := s.Namespace(name)
	if err != nil {
		t.Fatal(err)
	}
	return n.(*Store)
}
