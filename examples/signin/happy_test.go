package main

import (
	"net/http"
	"testing"

	"github.com/coatcheck/sessionstore"
)

func TestA1SignInSetsOneCookie(t *testing.T) {
	f := newFixture(t)
	f.signedUp(t)
	cookie := f.client(t).post("/signin", adaAgain).want(http.StatusOK).setCookie()
	if !sessionstore.ValidID(cookie.Value) {
		t.Error("the cookie's value is no session id")
	}
}

func TestA2WelcomeGreets(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	got := c.get("/welcome").want(http.StatusOK).wantNoCookie().greeting()
	if got.Message != "Welcome, Ada Lovelace!" || got.Email != "ada@example.org" || got.Store != "memory" {
		t.Errorf("got %+v", got)
	}
}

func TestA3RefreshChangesTheCookie(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	old := c.cookie
	c.post("/refresh", "").want(http.StatusOK)
	if c.cookie == old {
		t.Error("got the same value, want another one")
	}
	if got := c.get("/welcome").want(http.StatusOK).greeting(); got.RefreshedAt.IsZero() {
		t.Error("the greeting does not say when the session was refreshed")
	}
	c.with(old).get("/welcome").want(http.StatusUnauthorized)
}

func TestA4LogOutExpiresTheCookie(t *testing.T) {
	f := newFixture(t)
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
}

func TestA5LogOutAnswersAlike(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	want := c.with(c.cookie).post("/logout", "").want(http.StatusOK)
	for name, cookie := range badCookies(c.cookie) {
		t.Run(name, func(t *testing.T) {
			got := c.with(cookie).post("/logout", "").want(http.StatusOK)
			if got.Body.String() != want.Body.String() {
				t.Errorf("got body %q, want %q", got.Body, want.Body)
			}
			if got, want := got.Header().Get("Set-Cookie"), want.Header().Get("Set-Cookie"); got != want {
				t.Errorf("got Set-Cookie %q, want %q", got, want)
			}
		})
	}
}

// People are led from page to page; programs are answered.
func TestPagesLead(t *testing.T) {
	f := newFixture(t)
	c := f.person(t)
	c.get("/").wantRedirect("/signin")
	c.get("/signin").want(http.StatusOK).wantBody("<h1>Sign in</h1>")
	c.get("/signup").want(http.StatusOK).wantBody("<h1>Create an account</h1>")
	c.post("/signup", formOf("first_name", "Ada", "last_name", "Lovelace",
		"email", "ada@example.org", "password", "correct horse")).wantRedirect("/?signed-in")
	c.get("/?signed-in").wantRedirect("/")
	c.get("/").want(http.StatusOK).wantBody("<h1>Welcome, Ada!</h1>")
	c.get("/signin").wantRedirect("/")
	c.get("/signup").wantRedirect("/")
	c.post("/refresh", "").wantRedirect("/")
	c.get("/").want(http.StatusOK).wantBody("Last refresh")
	c.post("/logout", "").wantRedirect("/signin?signed-out")
	c.get("/signin?signed-out").want(http.StatusOK).wantBody("You are signed out.")
	c.post("/refresh", "").wantRedirect("/signin")
	c.post("/signin", formOf("email", "ada@example.org", "password", "correct horse")).wantRedirect("/?signed-in")
}

// A browser that does not keep the cookie would otherwise see the sign-in page
// again and again, without a word.
func TestRefusedCookieIsExplained(t *testing.T) {
	f := newFixture(t)
	c := f.person(t)
	c.get("/?signed-in").wantRedirect("/signin?cookie-refused")
	c.get("/signin?cookie-refused").want(http.StatusOK).wantBody("Start the program with -dev")
}

func TestHomeIsAlsoForPrograms(t *testing.T) {
	f := newFixture(t)
	f.client(t).get("/").want(http.StatusUnauthorized)
	f.signedUp(t).get("/").want(http.StatusOK).wantBody(`"message":"Welcome, Ada Lovelace!"`)
}
