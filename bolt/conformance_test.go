package bolt

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/storetest"
)

func TestConformance(t *testing.T) {
	var paths sync.Map // the file of each store, by store
	open := func(t storetest.T, path string) sessionstore.Store {
		t.Helper()
		s, err := Open(path, Options{SweepInterval: -1})
		if err != nil {
			t.Fatalf("%v", err)
		}
		t.Cleanup(func() { s.Close() })
		paths.Store(s, path)
		return s
	}
	pathOf := func(s sessionstore.Store) string {
		path, _ := paths.Load(s)
		return path.(string)
	}
	storetest.Run(t, storetest.Harness{
		Embedded:   true,
		RoundTrips: "testdata/roundtrips.json",
		New: func(t storetest.T) sessionstore.Store {
			return open(t, filepath.Join(t.TempDir(), "sessions.db"))
		},
		Peer: func(t storetest.T, s sessionstore.Store) sessionstore.Store {
			t.Helper()
			return beside(t, s.(*Store), defaultBucket)
		},
		Neighbours: func(t storetest.T, s sessionstore.Store) (near []sessionstore.Store) {
			t.Helper()
			for _, bucket := range []string{"session", "sessions2", "sessions:a", "Sessions", "r", "layout"} {
				near = append(near, beside(t, s.(*Store), bucket))
			}
			return near
		},
		Corrupt: func(t storetest.T, s sessionstore.Store, id string) {
			t.Helper()
			corrupt(t, s.(*Store), id)
		},
		Reopen: func(t storetest.T, s sessionstore.Store) sessionstore.Store {
			t.Helper()
			return open(t, pathOf(s))
		},
		Child: func(t storetest.T, s sessionstore.Store) *exec.Cmd {
			t.Helper()
			return child(t, "serve", pathOf(s))
		},
	})
}

// TestConformanceNamespace keeps the contract in a namespace, too, and leaves
// alone what is around it.
func TestConformanceNamespace(t *testing.T) {
	storetest.Run(t, storetest.Harness{
		Embedded: true,
		Lacks: map[string]string{
			"Namespace/Disjoint": "it wants room for the longest name, and the name around counts, too",
			"Restart/Clean":      "TestConformance restarts the store around it",
			"Restart/AppKilled":  "TestConformance kills the application around it",
			"Trips/AsPublished":  "TestConformance publishes them",
		},
		New: func(t storetest.T) sessionstore.Store {
			t.Helper()
			s, err := Open(filepath.Join(t.TempDir(), "sessions.db"), Options{SweepInterval: -1})
			if err != nil {
				t.Fatalf("%v", err)
			}
			t.Cleanup(func() { s.Close() })
			return room{namespace(t, s, "app"), s}
		},
		Peer: func(t storetest.T, s sessionstore.Store) sessionstore.Store {
			t.Helper()
			peer := beside(t, s.(room).parent, defaultBucket)
			return room{namespace(t, peer, "app"), peer}
		},
		Neighbours: func(t storetest.T, s sessionstore.Store) []sessionstore.Store {
			t.Helper()
			parent := s.(room).parent
			near := []sessionstore.Store{parent, namespace(t, namespace(t, parent, "ap"), "p")}
			for _, name := range []string{"ap", "app2", "app-", "app.a", "appA", "app~", "a"} {
				near = append(near, namespace(t, parent, name))
			}
			return near
		},
		Corrupt: func(t storetest.T, s sessionstore.Store, id string) {
			t.Helper()
			corrupt(t, s.(room).Store, id)
		},
	})
}

// room is a namespace that is closed with its store, as the suite's stores are
// to be.
type room struct {
	*Store
	parent *Store
}

func (r room) Close() error { return r.parent.Close() }

// beside returns a store in a bucket of the database of s.
func beside(t storetest.T, s *Store, bucket string) *Store {
	t.Helper()
	other, err := New(s.core.db, Options{Bucket: bucket, SweepInterval: -1})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { other.Close() })
	return other
}

func namespace(t storetest.T, s *Store, name string) *Store {
	t.Helper()
	n, err := s.Namespace(name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return n.(*Store)
}

// corrupt overwrites the record of a session.
func corrupt(t storetest.T, s *Store, id string) {
	t.Helper()
	err := s.core.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(s.core.bucket).Put(recordKey(s.namespace, id), []byte("?"))
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// childEnv tells the test binary to be a child of a test: what to do, and the
// file to do it on follow as arguments.
const childEnv = "SESSIONSTORE_BOLT_CHILD"

// children are what a child can do, by name, with the file at path.
var children = map[string]func(path string) error{
	"serve": func(path string) error {
		s, err := Open(path, Options{SweepInterval: -1})
		if err != nil {
			return err
		}
		storetest.ServeChild(s)
		return nil
	},
}

func TestMain(m *testing.M) {
	name := os.Getenv(childEnv)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := children[name](os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child returns a command that runs the test binary as the named child.
func child(t storetest.T, name, path string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatalf("%v", err)
	}
	cmd := exec.Command(exe, path)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	return cmd
}
