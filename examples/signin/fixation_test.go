package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore"
)

func TestD1D3D4SignInAlwaysStartsAnew(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		for _, again := range []func(){
			func() { c.post("/signin", adaAgain).want(http.StatusOK) },
			func() { c.post("/signup", grace).want(http.StatusCreated) },
		} {
			before := c.cookie
			again()
			if c.cookie == before {
				t.Error("D1: got the cookie of before, want a new one")
			}
			stored := sessionstore.HashIDs(f.spy.Store)
			if _, err := stored.Get(t.Context(), c.cookie); err != nil {
				t.Errorf("D3: the new session: got %v, want it in the store", err)
			}
			if _, err := stored.Get(t.Context(), before); !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("D3: the former session: got %v, want %v", err, sessionstore.ErrNotFound)
			}
			c.with(before).get("/welcome").want(http.StatusUnauthorized) // D4
		}
	})
}

// A visitor's session, which a page of the site began, does not become the
// user's either.
func TestD1VisitorsSession(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		f.signedUp(t)
		visitor := f.client(t)
		visitor.handler = f.sessions.Load(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := f.sessions.Flash(w, r, "hello"); err != nil {
				t.Error(err)
			}
		}))
		visitor.get("/")
		before := visitor.cookie
		visitor.handler = f.handler
		visitor.get("/welcome").want(http.StatusUnauthorized) // a session, but no user's
		visitor.post("/signin", adaAgain).want(http.StatusOK)
		if visitor.cookie == before || before == "" {
			t.Error("got the cookie of before, want a new one")
		}
		visitor.with(before).get("/welcome").want(http.StatusUnauthorized)
	})
}

func TestD2UnknownIDIsNotAdopted(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		f.signedUp(t)
		planted := sessionstore.NewID()
		c := f.client(t).with(planted)
		c.post("/signin", adaAgain).want(http.StatusOK)
		if c.cookie == planted {
			t.Error("got the planted id, want a new one")
		}
		f.client(t).with(planted).get("/welcome").want(http.StatusUnauthorized)
	})
}

// A wrong password ends nothing: somebody mistyped.
func TestFailedSignInKeepsTheSession(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.signedUp(t)
	wrong := strings.Replace(adaAgain, "correct", "wrong", 1)
	c.post("/signin", wrong).want(http.StatusUnauthorized).wantNoCookie()
	c.get("/welcome").want(http.StatusOK)
}
