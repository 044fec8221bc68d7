package main

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/memory"
)

func TestE1IdleLimit(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		f.clock.advance(idleLimit - time.Millisecond)
		c.get("/welcome").want(http.StatusOK)
		f.clock.advance(idleLimit)
		c.get("/welcome").want(http.StatusUnauthorized).wantNoCookie()
	})
}

func TestE2E3ActivitySlidesUpToTheAbsoluteLimit(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		const step = 20 * time.Minute
		for range absoluteLimit/step - 1 {
			f.clock.advance(step)
			c.get("/welcome").want(http.StatusOK)
		}
		const rest = time.Minute // which the store measures by its own clock
		f.clock.advance(step - rest)
		if got := c.get("/welcome").want(http.StatusOK).greeting(); got.IdleEndsAt.After(got.EndsAt) {
			t.Errorf("got the end without a visit at %v, after the end of all at %v", got.IdleEndsAt, got.EndsAt)
		}
		f.clock.advance(rest)
		c.get("/welcome").want(http.StatusUnauthorized)
	})
}

func TestE4RefreshDoesNotMoveTheAbsoluteLimit(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		want := c.get("/welcome").greeting().EndsAt
		const step = 20 * time.Minute
		for range absoluteLimit/step - 1 {
			f.clock.advance(step)
			c.post("/refresh", "").want(http.StatusOK)
		}
		if got := c.get("/welcome").greeting().EndsAt; !got.Equal(want) {
			t.Errorf("got the end at %v, want %v", got, want)
		}
		f.clock.advance(step)
		c.get("/welcome").want(http.StatusUnauthorized)
		c.post("/refresh", "").want(http.StatusUnauthorized)
	})
}

// The store keeps the session a little longer than its clock, which the test
// moves, says: what the application sees is judged by that clock alone.
func TestE5ExpiredSessionStaysSo(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		f.clock.advance(idleLimit)
		f.spy.calls()
		c.post("/refresh", "").want(http.StatusUnauthorized).wantNoCookie()
		c.get("/welcome").want(http.StatusUnauthorized).wantNoCookie()
		c.get("/sessions").want(http.StatusUnauthorized).wantNoCookie()
		if got := f.spy.calls(); got != "get get get" {
			t.Errorf("got the calls %q, want one get for each request and no write", got)
		}
	})
}

func TestE6CookieEndsWithTheSession(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.client(t)
		got := c.post("/signup", ada).setCookie().MaxAge
		if want := int(absoluteLimit / time.Second); got != want {
			t.Errorf("after sign-up: got Max-Age %d, want %d", got, want)
		}
		const passed = 25 * time.Minute
		f.clock.advance(passed)
		got = c.post("/refresh", "").setCookie().MaxAge
		if want := int((absoluteLimit - passed) / time.Second); got != want {
			t.Errorf("after refresh: got Max-Age %d, want %d", got, want)
		}
	})
}

// A session that has a second left takes its room for a second. Its server has no
// other sessions: of those that other tests left, too, some expire at any time.
func TestE7ExpiredEntriesAreRemoved(t *testing.T) {
	for name, on := range map[string]func(t *testing.T) *backend{
		"bolt":      onBolt,
		"redis":     func(t *testing.T) *backend { return redisOn(testserver.NewRedis(t)) },
		"memcached": func(t *testing.T) *backend { return memcachedOn(testserver.NewMemcached(t)) },
		"postgres":  onPostgres, // in a table of its own
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, on(t))
			before := f.backend.records(t)
			c := f.signedUp(t)
			const step = 29 * time.Minute
			left := absoluteLimit
			for ; left > step; left -= step {
				f.clock.advance(step)
				c.get("/welcome").want(http.StatusOK)
			}
			with := f.backend.records(t)
			if with <= before {
				t.Fatalf("got %d records with the session, and %d without", with, before)
			}
			f.clock.advance(left - time.Second)
			c.get("/password").want(http.StatusOK) // which reads the session once
			f.spy.calls()
			awaitFewer(t, f.backend, with)
			if got := f.spy.calls(); got != "" {
				t.Errorf("got the calls %s, want none", got)
			}
		})
	}
}

func awaitFewer(t *testing.T, b *backend, than int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if b.records(t) < than {
			return
		}
	}
	t.Errorf("after 30 s there are still %d records", b.records(t))
}

// DeleteExpired returns how many sessions nobody had removed.
func TestE7InMemory(t *testing.T) {
	for _, swept := range []bool{true, false} { // the latter shows that the test can fail
		synctest.Test(t, func(t *testing.T) {
			interval := time.Duration(-1)
			if swept {
				interval = time.Minute
			}
			s, err := memory.New(memory.Options{SweepInterval: interval})
			must(t, err)
			defer s.Close()
			f := newFixture(t, &backend{open: func(*testing.T) sessionstore.Store { return s }})
			f.signedUp(t)
			time.Sleep(idleLimit + 2*time.Minute)
			n, err := s.DeleteExpired(t.Context())
			must(t, err)
			if (n == 0) != swept {
				t.Errorf("swept %v: got %d sessions that were left", swept, n)
			}
		})
	}
}
