// Package programtest runs the small example programs.
package programtest

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/examples/internal/program"
)

// Script is what every program must do.
func Script(t *testing.T, build program.Build) {
	t.Run("restart", func(t *testing.T) { restart(t, build) })
	t.Run("outage", func(t *testing.T) { outage(t, build) })
	t.Run("cross-site", func(t *testing.T) { crossSite(t, build) })
}

// restart signs two visitors in, restarts the program, and signs one out: the
// old cookie is worth nothing then. A sign-in takes another id.
func restart(t *testing.T, build program.Build) {
	store := "bolt:" + filepath.Join(t.TempDir(), "sessions.db")
	p := start(t, build, store)
	p.want("GET", "/", nil, http.StatusOK, "Hello, .\n")
	ada, grace := p.signIn("ada", nil), p.signIn("grace", nil)
	p.want("GET", "/", ada, http.StatusOK, "Hello, ada.\n")
	p.stop()

	p = start(t, build, store)
	p.want("GET", "/", ada, http.StatusOK, "Hello, ada.\n")
	p.want("POST", "/signout", ada, http.StatusOK, "")
	p.want("GET", "/", ada, http.StatusOK, "Hello, .\n")
	p.want("GET", "/", grace, http.StatusOK, "Hello, grace.\n")

	ada = p.signIn("ada", grace)
	p.want("GET", "/", ada, http.StatusOK, "Hello, ada.\n")
	p.want("GET", "/", grace, http.StatusOK, "Hello, .\n")
	p.stop()
}

// outage visits while the store fails, and while it hangs: the program says so
// in time and in its own words, and leaves the cookie alone.
func outage(t *testing.T, build program.Build) {
	const works, fails, hangs = 0, 1, 2
	var state atomic.Int32
	p := start(t, func(store sessionstore.Store) (program.Server, error) {
		return build(sessionstore.Observe(store, func(ctx context.Context, _ sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
			ctx, cancel := context.WithCancel(ctx)
			switch state.Load() {
			case fails:
				cancel()
			case hangs:
				<-ctx.Done()
			}
			return ctx, func(sessionstore.Outcome) { cancel() }
		}))
	}, "memory:")
	ada := p.signIn("ada", nil)
	for _, r := range []struct {
		state        int32
		method, path string
	}{{fails, "GET", "/"}, {fails, "POST", "/signin"}, {fails, "POST", "/signout"}, {hangs, "GET", "/"}} {
		state.Store(r.state)
		began := time.Now()
		status, body, cookie := p.request(r.method, r.path, "eve", ada)
		if status != http.StatusServiceUnavailable || cookie != nil {
			t.Errorf("%s %s without a store: got %d and the cookie %v, want 503 and no cookie", r.method, r.path, status, cookie)
		}
		if strings.Contains(body, "context") {
			t.Errorf("%s %s without a store: got %q, which quotes the error", r.method, r.path, body)
		}
		if took := time.Since(began); took > 10*time.Second { // each use of the store is given up after 2 s
			t.Errorf("%s %s without a store took %v", r.method, r.path, took)
		}
	}
	state.Store(works)
	p.want("GET", "/", ada, http.StatusOK, "Hello, ada.\n")
	p.stop()
}

// crossSite posts what another site makes a browser post: nobody is signed in,
// or out, by it.
func crossSite(t *testing.T, build program.Build) {
	p := start(t, build, "memory:")
	ada := p.signIn("ada", nil)
	p.elsewhere = true
	for _, path := range []string{"/signin", "/signout"} {
		if status, _, cookie := p.request("POST", path, "eve", ada); status != http.StatusForbidden || cookie != nil {
			t.Errorf("POST %s from another site: got %d and the cookie %v, want 403 and none", path, status, cookie)
		}
	}
	p.want("GET", "/", ada, http.StatusOK, "Hello, ada.\n") // a link may lead here
	p.stop()
}
