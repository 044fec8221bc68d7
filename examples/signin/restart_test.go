package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestH1OneScript is a day of a user, the same on every backend.
func TestH1OneScript(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.client(t)
		c.get("/welcome").want(http.StatusUnauthorized)
		c.post("/signup", ada).want(http.StatusCreated)
		c.get("/welcome").want(http.StatusOK).wantBody("Welcome, Ada Lovelace!")
		phone := f.signedIn(t)
		c.post("/refresh", "").want(http.StatusOK)
		f.clock.advance(20 * time.Minute)
		c.get("/").want(http.StatusOK)
		f.clock.advance(20 * time.Minute)
		c.get("/welcome").want(http.StatusOK)
		phone.get("/welcome").want(http.StatusUnauthorized) // nobody used it
		phone.post("/signin", adaAgain).want(http.StatusOK)
		laptop := f.signedIn(t)
		list := c.sessions()
		if len(list) != 3 || !list[0].Current {
			t.Fatalf("got %+v, want three sessions, the first of them this one", list)
		}
		c.post("/sessions/"+list[1].Handle+"/end", "").want(http.StatusOK)
		phone.get("/welcome").want(http.StatusUnauthorized)
		c.post("/sessions/end-others", "").want(http.StatusOK)
		laptop.get("/welcome").want(http.StatusUnauthorized)
		c.post("/password", newPasswordOfAda).want(http.StatusOK)
		c.get("/admin").want(http.StatusOK)
		c.post("/logout", "").want(http.StatusOK)
		c.get("/welcome").want(http.StatusUnauthorized)
		c.post("/signin", adaAgain).want(http.StatusUnauthorized)
		c.post("/signin", strings.Replace(adaAgain, "correct horse", "battery staple", 1)).want(http.StatusOK)
	})
}

const newPasswordOfAda = `{"password":"correct horse","new_password":"battery staple"}`

// storeURLs name a space of each backend for programs that run in one
// directory after each other.
var storeURLs = map[string]func(t *testing.T) string{
	"memory":    func(*testing.T) string { return "memory:" },
	"bolt":      func(*testing.T) string { return "bolt:some sessions.db" },
	"redis":     func(t *testing.T) string { return testserver.Redis(t).URL() },
	"memcached": func(t *testing.T) string { return testserver.Memcached(t).URL() },
	"postgres":  func(t *testing.T) string { return testserver.Postgres(t).URL() },
}

// TestH2H3RestartOfTheApplication kills the program, and ends it with Ctrl-C.
func TestH2H3RestartOfTheApplication(t *testing.T) {
	for name, url := range storeURLs {
		for way, end := range map[string]func(*program){"killed": (*program).kill, "interrupted": (*program).interrupt} {
			t.Run(name+" "+way, func(t *testing.T) {
				store, dir := url(t), t.TempDir()
				p := start(t, dir, "-store", store)
				cookie := p.wantStatus(http.StatusCreated, "POST", "/signup", ada, "")
				ended := p.wantStatus(http.StatusOK, "POST", "/signin", adaAgain, "")
				p.wantStatus(http.StatusOK, "POST", "/logout", "", ended)
				before := p.welcome(cookie)
				end(p)
				p = start(t, dir, "-store", store)
				if name == "memory" {
					p.wantStatus(http.StatusUnauthorized, "GET", "/welcome", "", cookie)
				} else {
					after := p.welcome(cookie)
					if !after.EndsAt.Equal(before.EndsAt) || after.IdleEndsAt.Before(before.IdleEndsAt) {
						t.Errorf("got the ends %v and %v, want %v or later and %v", after.IdleEndsAt, after.EndsAt, before.IdleEndsAt, before.EndsAt)
					}
					p.wantStatus(http.StatusOK, "POST", "/refresh", "", cookie)
				}
				p.wantStatus(http.StatusUnauthorized, "GET", "/welcome", "", ended)
				p.wantStatus(http.StatusOK, "POST", "/signin", adaAgain, "") // accounts last everywhere
			})
		}
	}
}

// What the program says at its end is true, and its command line works.
func TestFarewell(t *testing.T) {
	for store, farewell := range map[string]string{
		"bolt:some sessions.db": "Sessions and accounts are kept",
		"memory:":               "Sessions were in memory and are gone",
	} {
		p := start(t, t.TempDir(), "-store", store)
		p.wantStatus(http.StatusCreated, "POST", "/signup", ada, "") // a connection that is kept alive
		p.interrupt()
		for _, line := range []string{farewell, "-store " + shellWord(store)} {
			if !strings.Contains(p.stdout.String(), line) {
				t.Errorf("got %s, want it to contain %q", p.stdout, line)
			}
		}
	}
}

func TestH3RemainingLifetime(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		f.clock.advance(10 * time.Minute)
		before := c.get("/welcome").want(http.StatusOK).greeting()
		restarted := f.another(t)
		after := c.at(restarted).get("/welcome").want(http.StatusOK).greeting()
		if !after.EndsAt.Equal(before.EndsAt) || !after.IdleEndsAt.Equal(before.IdleEndsAt) {
			t.Errorf("got the ends %v and %v, want %v and %v", after.IdleEndsAt, after.EndsAt, before.IdleEndsAt, before.EndsAt)
		}
		f.clock.advance(idleLimit)
		c.at(restarted).get("/welcome").want(http.StatusUnauthorized)
	})
}

// Two programs have accounts of their own, in two files, and share sessions.
func TestH4TwoProcesses(t *testing.T) {
	for _, name := range []string{"redis", "postgres"} {
		t.Run(name, func(t *testing.T) {
			store := storeURLs[name](t)
			one, other := start(t, t.TempDir(), "-store", store), start(t, t.TempDir(), "-store", store)
			for _, at := range []*program{one, other} {
				cookie := one.wantStatus(http.StatusCreated, "POST", "/signup", strings.Replace(ada, "ada@", newName()+"@", 1), "")
				if got := other.welcome(cookie); got.FirstName != "Ada" {
					t.Errorf("at the other: got %+v, want a greeting for Ada", got)
				}
				other.wantStatus(http.StatusForbidden, "GET", "/admin", "", cookie) // it has no such account
				at.wantStatus(http.StatusOK, "POST", "/logout", "", cookie)
				one.wantStatus(http.StatusUnauthorized, "GET", "/welcome", "", cookie)
				other.wantStatus(http.StatusUnauthorized, "GET", "/welcome", "", cookie)
			}
		})
	}
}

// An account of the same email in another file is another person's: a session
// gives no right to it.
func TestH4AccountOfAnother(t *testing.T) {
	for _, on := range backends {
		b := on(t)
		one, other := newFixture(t, b), newFixture(t, b)
		c := one.signedUp(t)
		other.signedUp(t)
		c.get("/admin").want(http.StatusOK)
		c.at(other).get("/welcome").want(http.StatusOK)
		c.at(other).get("/admin").want(http.StatusForbidden)
		c.at(other).post("/password", newPasswordOfAda).want(http.StatusForbidden)
		other.signedIn(t) // with the password that it had
	}
}
