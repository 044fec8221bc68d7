package httpsession_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// TestWorkflow is a sign-in, a refresh and a sign-out, on every backend.
func TestWorkflow(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, a, b sessionstore.Store) {
		here, there := newManager(t, a, options{Owner: userOf}), newManager(t, b, options{Owner: userOf})
		c := newBrowser(t, here)
		c.wantNone()
		must(t, c.start("ada"))
		first := c.cookie
		c.m = there // the next request goes to another process
		c.wantUser("ada")
		must(t, c.renew())
		c.with(first).wantNone()
		c.wantUser("ada")
		renewed := c.cookie
		c.m = here
		must(t, c.end())
		if c.cookie != "" {
			t.Error("the cookie stays after End")
		}
		c.with(renewed).wantNone()
	})
}

func TestStartAlwaysHasANewID(t *testing.T) {
	m := newManager(t, newMemory(t), options{})
	c := newBrowser(t, m)
	planted := sessionstore.NewID()
	c.cookie = planted
	must(t, c.start("ada"))
	if c.cookie == planted {
		t.Fatal("the id that the client sent was adopted")
	}
	c.with(planted).wantNone()
	first := c.cookie
	must(t, c.start("grace"))
	if c.cookie == first {
		t.Fatal("the second session has the id of the first")
	}
	c.with(first).wantNone()
	c.wantUser("grace")
}

// A handler that starts, renews or ends a session sees what it did.
func TestRequestSeesItsOwnChanges(t *testing.T) {
	m := newManager(t, newMemory(t), options{})
	c := newBrowser(t, m)
	answer := c.visit(func(w http.ResponseWriter, r *http.Request) {
		see := func(want visitor, wantOK bool) {
			t.Helper()
			if got, ok := m.Value(r); got != want || ok != wantOK {
				t.Errorf("got %v, %v, want %v, %v", got, ok, want, wantOK)
			}
		}
		see(visitor{}, false)
		must(t, m.Start(w, r, visitor{User: "ada"}))
		see(visitor{User: "ada"}, true)
		must(t, m.Update(r, countVisit))
		see(visitor{User: "ada", Visits: 1}, true)
		must(t, m.Renew(w, r))
		see(visitor{User: "ada", Visits: 1}, true)
		must(t, m.Update(r, countVisit))
		see(visitor{User: "ada", Visits: 2}, true)
		must(t, m.End(w, r))
		see(visitor{}, false)
		wantNoSession(t, "Update after End", m.Update(r, countVisit))
		wantNoSession(t, "Renew after End", m.Renew(w, r))
		must(t, m.Start(w, r, visitor{User: "grace"}))
		see(visitor{User: "grace"}, true)
	})
	if got := len(answer.Cookies()); got != 1 {
		t.Errorf("got %d cookies in one response, want 1", got)
	}
	c.wantUser("grace")
}

// TestStartTakesBack: where the former session cannot be ended, none begins.
func TestStartTakesBack(t *testing.T) {
	backend := newMemory(t)
	down, deletes := errors.New("connection refused"), 0
	s := &faulty{Store: backend, fail: func(op string) error {
		if op != "Delete" {
			return nil
		}
		if deletes++; deletes == 1 {
			return down
		}
		return nil
	}}
	b := newBrowser(t, newManager(t, s, options{}))
	must(t, b.start("ada"))
	cookie := b.cookie
	if err := b.start("grace"); !errors.Is(err, down) {
		t.Errorf("got error %v, want what the store said", err)
	}
	stored := 0
	for range sessionstore.All(t.Context(), backend) {
		stored++
	}
	if stored != 1 || b.cookie != cookie {
		t.Errorf("%d sessions are stored, want that of before", stored)
	}
	b.wantUser("ada")
}

// TestStartTakesBackInTime: also where the store hung, and the session is listed.
func TestStartTakesBackInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend, deletes := newMemory(t), 0
		s := &faulty{Store: backend, hangs: func(op string) bool {
			if op == "Delete" {
				deletes++
			}
			return op == "Delete" && deletes == 1
		}}
		m := newManager(t, s, options{Owner: userOf, MaxSessions: 2})
		laptop, b := signedIn(t, m, "ada"), signedIn(t, m, "ada")
		began := time.Now()
		err := b.start("ada")
		if took := time.Since(began); took > 2*time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v after %v, want that of the first Delete within 2s", err, took)
		}
		stored := 0
		for range sessionstore.All(t.Context(), backend) {
			stored++
		}
		if stored != 2 {
			t.Errorf("%d sessions are stored, want those of before", stored)
		}
		b.wantListed(2)
		must(t, b.start("ada"))
		laptop.wantUser("ada") // what was taken back does not count
	})
}
