package memcached

import (
	"errors"
	"strings"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestNamespace runs every operation in namespaces, and looks for the records
// under the keys that the package promises.
func TestNamespace(t *testing.T) {
	first, second := testserver.NewMemcached(t), testserver.NewMemcached(t)
	s := newStore(t, Options{Prefix: strings.Repeat("p", MaxPrefixBytes)}, first.Addr(), second.Addr())
	outer := namespace(t, s, "outer")
	inner := namespace(t, outer, strings.Repeat("i", sessionstore.MaxNamespaceBytes-len("outer:")))
	longest := strings.Repeat("x", sessionstore.MaxIDBytes)
	for _, n := range []*Store{s, outer, inner} {
		for _, op := range sessionOperations[1:] { // Get would find nothing yet
			if op.name == "RotateSwap" {
				continue // its ids would be longer
			}
			if err := op.call(t.Context(), n, longest); err != nil {
				t.Errorf("%s in namespace %q: %v", op.name, n.namespace, err)
			}
		}
	}
	for n, want := range map[*Store]string{
		s:     s.prefix + ":" + longest,
		outer: s.prefix + ":#outer:" + longest,
		inner: s.prefix + ":#" + inner.namespace + ":" + longest,
	} {
		addr := n.node(want).addr
		item, err := memcache.NewFromSelector(addr).Get(want)
		if err != nil || string(item.Value) != string(secret) {
			t.Errorf("key %q: %v", want, err)
		}
	}
	mustSet(t, s, "id", []byte("s"))
	if err := outer.RotateSwap(t.Context(), "id", "other", nil, nil, 1e9); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("RotateSwap of an id of the parent: got error %v, want ErrNotFound", err)
	}
}

func TestNamespaceEnds(t *testing.T) {
	s := newStore(t, Options{}, testserver.Memcached(t).Addr())
	n := namespace(t, s, "n")
	mustSet(t, n, "id", []byte("n"))
	for range 2 {
		if err := n.Close(); err != nil {
			t.Errorf("Close of a namespace: %v", err)
		}
	}
	wantData(t, n, "id", []byte("n"))
	mustSet(t, s, "id", []byte("s"))
	s.Close()
	for _, op := range operations {
		wantErrors(t, op.name+" after Close of the parent", op.call(t.Context(), n, "id"), sessionstore.ErrClosed)
	}
	if err := n.Close(); err != nil {
		t.Errorf("Close of a namespace whose parent is closed: %v", err)
	}
}

// TestUnsupported wants it said that memcached cannot list its keys.
func TestUnsupported(t *testing.T) {
	s := newStore(t, Options{}, "127.0.0.1:1")
	for _, err := range sessionstore.All(t.Context(), s) {
		wantErrors(t, "All", err, errors.ErrUnsupported)
	}
	wantErrors(t, "Clear", sessionstore.Clear(t.Context(), s), errors.ErrUnsupported)
	_, err := sessionstore.DeleteExpired(t.Context(), s)
	wantErrors(t, "DeleteExpired", err, errors.ErrUnsupported)
}

func namespace(t *testing.T, s *Store, name string) *Store {
	t.Helper()
	n, err := s.Namespace(name)
	if err != nil {
		t.Fatal(err)
	}
	return n.(*Store)
}
