package bolt

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// TestNamespaceLasts stores in a namespace, closes that, which does nothing, and
// opens the file again.
func TestNamespaceLasts(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "sessions.db"), t.Context()
	for round := range 2 {
		s, err := Open(path, Options{SweepInterval: -1})
		if err != nil {
			t.Fatal(err)
		}
		n := namespace(t, namespace(t, s, "a"), "b")
		if round == 0 {
			set(t, n, "id")
		}
		if err := n.Close(); err != nil {
			t.Errorf("Close of a namespace: %v", err)
		}
		if data, err := n.Get(ctx, "id"); string(data) != "id" || err != nil {
			t.Errorf("round %d: got %q, %v", round, data, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("Close of a namespace of a closed store: %v", err)
		}
		if err := second(n.Get(ctx, "id")); !errors.Is(err, sessionstore.ErrClosed) {
			t.Errorf("Get: got %v, want ErrClosed", err)
		}
		if err := second(n.Namespace("c")); !errors.Is(err, sessionstore.ErrClosed) {
			t.Errorf("Namespace: got %v, want ErrClosed", err)
		}
	}
}

// TestNamespaceSwept sweeps what has expired in a namespace.
func TestNamespaceSwept(t *testing.T) {
	s := openTest(t)
	n := namespace(t, s, "a")
	if err := n.Set(t.Context(), "id", nil, time.Nanosecond); err != nil {
		t.Fatal(err)
	}
	set(t, n, "live")
	sweep(t, s)
	if got := count(t, s, recordKind); got != 1 {
		t.Errorf("got %d records, want the live one", got)
	}
	checkSound(t, s)
}

// FuzzRecordKey looks for two records under one key, and for a key that lies in
// the wrong run.
func FuzzRecordKey(f *testing.F) {
	f.Add("", "", "a", "", "", "a")
	f.Add("a", "", "b", "", "", "a")
	f.Add("a", "b", "c", "a", "", "b")
	f.Add("a", "b", "c", "a:b", "", "c")
	f.Add("a", "", "b", "ab", "", "b")
	f.Fuzz(func(t *testing.T, outer1, inner1, id1, outer2, inner2, id2 string) {
		path1, ok1 := nested(outer1, inner1)
		path2, ok2 := nested(outer2, inner2)
		if !ok1 || !ok2 || !sessionstore.ValidID(id1) || !sessionstore.ValidID(id2) {
			return
		}
		key1, key2 := recordKey(path1, id1), recordKey(path2, id2)
		if same := path1 == path2 && id1 == id2; bytes.Equal(key1, key2) != same {
			t.Errorf("%q in %q and %q in %q: got keys %q and %q", id1, path1, id2, path2, key1, key2)
		}
		within := path1 == path2 || path1 != "" && len(path2) > len(path1) && path2[:len(path1)+1] == path1+":"
		if bytes.HasPrefix(key2, runOf(path1)) != within {
			t.Errorf("%q is in the run of %q: got %v, want %v", key2, path1, !within, within)
		}
	})
}

// nested returns the path of the namespace inner in outer, where neither, or the
// first alone, may be empty.
func nested(outer, inner string) (path string, ok bool) {
	if outer == "" {
		return "", inner == ""
	}
	path, err := contract.Namespace("", outer)
	if err == nil && inner != "" {
		path, err = contract.Namespace(path, inner)
	}
	return path, err == nil
}
