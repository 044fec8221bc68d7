package bolt

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

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
		Embedded: true,
		New: func(t storetest.T) sessionstore.Store {
			return open(t, filepath.Join(t.TempDir(), "sessions.db"))
		},
		Peer: func(t storetest.T, s sessionstore.Store) sessionstore.Store {
			t.Helper()
			peer, err := New(s.(*Store).core.db, Options{SweepInterval: -1})
			if err != nil {
				t.Fatalf("%v", err)
			}
			t.Cleanup(func() { peer.Close() })
			return peer
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
