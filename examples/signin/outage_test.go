package main

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/open"
)

// TestB7StoreDown takes the store away for real: a server is killed and comes
// back, a store in the process is closed.
func TestB7StoreDown(t *testing.T) {
	for name, begin := range map[string]func(testing.TB, ...string) *testserver.Server{
		"redis":     testserver.NewRedis,
		"memcached": testserver.NewMemcached,
		"postgres":  testserver.NewPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			server := begin(t)
			f, c := outageAt(t, server.URL())
			server.Kill(t)
			wantOutage(t, f, c, 10*time.Second)
			server.Start(t)
			want := http.StatusOK
			if name == "memcached" {
				want = http.StatusUnauthorized // it forgets
			}
			awaitStatus(t, c, want)
		})
	}
	t.Run("memory", func(t *testing.T) {
		f, c := outageAt(t, "memory:")
		must(t, sessionstore.Close(f.spy.Store))
		wantOutage(t, f, c, time.Second)
	})
	t.Run("bolt", func(t *testing.T) {
		f, c := outageAt(t, "bolt:"+filepath.Join(t.TempDir(), "sessions.db"))
		must(t, sessionstore.Close(f.spy.Store))
		wantOutage(t, f, c, time.Second)
	})
}

// awaitStatus gives a client of a server that was away time to notice that it is
// back.
func awaitStatus(t *testing.T, c *client, want int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c.get("/welcome").Code == want {
			return
		}
	}
	c.get("/welcome").want(want)
}

// outageAt is a server and its user, with the limits of the application.
func outageAt(t *testing.T, url string) (*fixture, *client) {
	t.Helper()
	store, err := open.URL(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	f := newFixture(t, &backend{open: func(*testing.T) sessionstore.Store { return store }})
	f.timeout = 0
	f.serve(t, f.config)
	return f, f.signedUp(t)
}
