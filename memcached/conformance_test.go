package memcached

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/storetest"
)

func TestConformance(t *testing.T) {
	server := testserver.Memcached(t)
	h := storetest.Harness{
		RoundTrips: "testdata/roundtrips.json",
		New: func(t storetest.T) sessionstore.Store {
			return storeAt(t, server.Addr(), newPrefix())
		},
		TTLSlack:      TTLSlack,
		TTLResolution: TTLResolution,
		Peer: func(t storetest.T, s sessionstore.Store) sessionstore.Store {
			return storeAt(t, server.Addr(), s.(*Store).prefix)
		},
		Addr: server.Addr(),
		Via: func(t storetest.T, s sessionstore.Store, addr string) sessionstore.Store {
			return storeAt(t, addr, s.(*Store).prefix)
		},
		Reopen: func(t storetest.T, s sessionstore.Store) sessionstore.Store {
			return storeAt(t, server.Addr(), s.(*Store).prefix)
		},
		Child: func(t storetest.T, s sessionstore.Store) *exec.Cmd {
			return child(t, server.Addr(), s.(*Store).prefix)
		},
	}
	h.Lacks = map[string]string{
		"List/All":          "memcached does not tell its keys",
		"List/Handles":      "memcached does not tell its keys",
		"Clear/OnlyOwn":     "memcached does not tell its keys, and flush_all would remove those of others",
		"Purge/OnlyExpired": "memcached removes expired records by itself",
	}
	if server.Owned() {
		h.Restart = func(t storetest.T, _ sessionstore.Store) { server.Stop(t); server.Start(t) }
		h.Kill = func(t storetest.T, _ sessionstore.Store) { server.Kill(t); server.Start(t) }
		for _, rule := range []string{"Restart/Clean", "Restart/ServerKilled"} {
			h.Lacks[rule] = "memcached keeps sessions in memory only"
		}
	}
	storetest.Run(t, h)
}

// storeAt returns a store that is closed when t ends.
func storeAt(t storetest.T, addr, prefix string) *Store {
	t.Helper()
	s, err := New([]string{addr}, Options{Prefix: prefix})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// newPrefix keeps the sessions of one store apart from all others.
func newPrefix() string { return "test:" + sessionstore.NewID()[:20] }

// childEnv tells the test binary to serve a store to the suite; its server and
// prefix follow as arguments.
const childEnv = "SESSIONSTORE_MEMCACHED_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		testserver.Main(m)
	}
	s, err := New(os.Args[1:2], Options{Prefix: os.Args[2]})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	storetest.ServeChild(s)
}

func child(t storetest.T, addr, prefix string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatalf("%v", err)
	}
	cmd := exec.Command(exe, addr, prefix)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	return cmd
}
