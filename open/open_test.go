package open_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/open"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// roundTrip stores a session and closes the store.
func roundTrip(t *testing.T, url string) {
	t.Helper()
	s, err := open.URL(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	id := sessionstore.NewID()
	if err := s.Set(t.Context(), id, []byte("data"), time.Minute); err != nil {
		t.Errorf("Set: %v", err)
	}
	if got, err := s.Get(t.Context(), id); string(got) != "data" || err != nil {
		t.Errorf("Get: got %q, %v, want what was set", got, err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := s.Get(t.Context(), id); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Get after Close: got %v, want ErrClosed", err)
	}
}

func TestMemory(t *testing.T)    { roundTrip(t, "memory:") }
func TestBolt(t *testing.T)      { roundTrip(t, "bolt:"+filepath.Join(t.TempDir(), "sessions.db")) }
func TestRedis(t *testing.T)     { roundTrip(t, testserver.Redis(t).URL()) }
func TestMemcached(t *testing.T) { roundTrip(t, testserver.Memcached(t).URL()) }
func TestPostgres(t *testing.T)  { roundTrip(t, testserver.Postgres(t).URL()) }

// TestErrors reads what a user is told to do.
func TestErrors(t *testing.T) {
	const password = "hunter2"
	dir := t.TempDir()
	for url, want := range map[string]string{
		"":                                     "write memory:",
		"sessions.db":                          "write memory:, bolt:sessions.db",
		"mongodb://u:hunter2@host/db":          `no backend for "mongodb": write memory:`,
		"hunter2-is-not-a-scheme:x":            "does not begin with a backend's name",
		"memory:sessions":                      "write memory:",
		"memory:?size=3":                       "write memory:",
		"bolt:":                                "write bolt:sessions.db",
		"bolt://demo.db":                       "write bolt:demo.db",
		"bolt:///var/lib/demo.db":              "write bolt:/var/lib/demo.db",
		"bolt://":                              "write bolt:sessions.db",
		"bolt:demo.db?timeout=1s":              "takes no parameters",
		"bolt:" + dir:                          "directory",
		"bolt:" + dir + "/missing/sessions.db": "missing",
		"redis:localhost":                      "redis://",
		"redis://u:hunter2@127.0.0.1:1/0?x=1":  "x",
		"memcached://127.0.0.1:1?x=1":          "parameter that is unknown",
		"memcached://":                         "names no server",
		"postgres://u:hunter2@127.0.0.1:x/db":  "postgres",
	} {
		s, err := open.URL(t.Context(), url)
		if err == nil {
			s.Close()
			t.Errorf("%q: got no error, want one", url)
			continue
		}
		if s != nil {
			t.Errorf("%q: got a store beside the error", url)
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, want %q in it", url, err, want)
		}
		if strings.Contains(err.Error(), password) {
			t.Errorf("%q: got %q, which shows the password", url, err)
		}
	}
}

// TestUnreachable has nobody at the other end, and then somebody who never
// answers.
func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	urls := []string{
		"redis://u:hunter2@" + l.Addr().String() + "/0",
		"memcached://" + l.Addr().String(),
		"postgres://u:hunter2@" + l.Addr().String() + "/db?sslmode=disable",
	}
	check := func(state, url string) error {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		begin := time.Now()
		s, err := open.URL(ctx, url)
		if err == nil {
			s.Close()
			t.Fatalf("%s of a server that %s: got no error", url, state)
		}
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%s of a server that %s: took %v", url, state, took)
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s of a server that %s: got %q, which shows the password", url, state, err)
		}
		if state == "is not there" && !strings.Contains(err.Error(), "127.0.0.1:") {
			t.Errorf("%s of a server that %s: got %q, want the address in it", url, state, err)
		}
		return err
	}
	for _, url := range urls {
		if err := check("hangs", url); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s of a server that hangs: got %v, want context.DeadlineExceeded", url, err)
		}
	}
	l.Close()
	for _, url := range urls {
		if err := check("is not there", url); !strings.Contains(err.Error(), "run") {
			t.Errorf("%s of a server that is not there: got %q, want the question whether it runs", url, err)
		}
	}
}

func TestContextDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, url := range []string{"memory:", "redis://127.0.0.1:1", "memcached://127.0.0.1:1", "postgres://127.0.0.1:1/x"} {
		if _, err := open.URL(ctx, url); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", url, err)
		}
	}
}
