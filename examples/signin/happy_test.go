package main

import (
	"net/http"
	"testing"

	"github.com/coatcheck/sessionstore"
)

func TestA1SignInSetsOneCookie(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		f.signedUp(t)
		cookie := f.client(t).post("/signin", adaAgain).want(http.StatusOK).setCookie()
		if !sessionstore.ValidID(cookie.Value) {
			t.Error("the cookie's value is no session id")
		}
	})
}

func TestA2WelcomeGreets(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		c.get("/welcome").want(http.StatusOK)
		got := c.get("/welcome").want(http.StatusOK).wantNoCookie().greeting()
		now := f.clock.now().UTC()
		want := greeting{
			Message:    "Welcome, Ada Lovelace!",
			FirstName:  "Ada",
			LastName:   "Lovelace",
			Email:      "ada@example.org",
			Visits:     2,
			SignedInAt: now,
			IdleEndsAt: now.Add(idleLimit),
			EndsAt:     now.Add(absoluteLimit),
			Store:      f.backend.name,
		}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestA3RefreshChangesTheCookie(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		old := c.cookie
		c.post("/refresh", "").want(http.StatusOK)
		if c.cookie == old {
			t.Error("got the same value, want another one")
		}
		if got := c.get("/welcome").want(http.StatusOK).greeting(); got.Email != "ada@example.org" {
			t.Errorf("after the refresh: got %q, want the same user", got.Email)
		}
		c.with(old).get("/welcome").want(http.StatusUnauthorized)
	})
}

func TestA4LogOutExpiresTheCookie(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.client(t)
		set := c.post("/signup", ada).want(http.StatusCreated).setCookie()
		old := c.cookie
		gone := c.post("/logout", "").want(http.StatusOK).setCookie()
		if gone.MaxAge >= 0 || gone.Value != "" {
			t.Errorf("got %q, want an expired cookie without a value", gone)
		}
		gone.MaxAge, gone.Value, gone.Raw = set.MaxAge, set.Value, set.Raw
		if gone.String() != set.String() {
			t.Errorf("got attributes %q, want those it was set with, %q", gone, set)
		}
		c.with(old).get("/welcome").want(http.StatusUnauthorized)
	})
}

func TestA5LogOutAnswersAlike(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		want := c.with(c.cookie).post("/logout", "").want(http.StatusOK)
		cookies := badCookies(c.cookie)
		cookies["that of the session that has just ended"] = c.cookie
		for name, cookie := range cookies {
			got := c.with(cookie).post("/logout", "").want(http.StatusOK)
			if got.Body.String() != want.Body.String() {
				t.Errorf("%s: got body %q, want %q", name, got.Body, want.Body)
			}
			if got, want := got.Header().Get("Set-Cookie"), want.Header().Get("Set-Cookie"); got != want {
				t.Errorf("%s: got Set-Cookie %q, want %q", name, got, want)
			}
		}
	})
}
