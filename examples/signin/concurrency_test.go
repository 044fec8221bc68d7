package main

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestG1ManyClients(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		users := make([]string, 10)
		for i := range users {
			users[i] = strings.Replace(ada, "ada@", "ada"+strconv.Itoa(i)+"@", 1)
			f.client(t).post("/signup", users[i]).want(http.StatusCreated)
		}
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() { everything(t, f, i, users[i%len(users)]) })
		}
		all.Wait()
	})
}

// everything asks for all that there is. Where another client of the same user
// ends all others, a session may be gone at any time.
func everything(t *testing.T, f *fixture, i int, body string) {
	c := f.client(t)
	if i%2 == 0 {
		c.accept = asPerson
	}
	want := func(answer *reply, allowed ...int) {
		for _, status := range append(allowed, http.StatusOK, http.StatusSeeOther, http.StatusUnauthorized) {
			if answer.Code == status {
				return
			}
		}
		t.Errorf("client %d: %s: got %d %s", i, answer.what, answer.Code, answer.Body)
	}
	want(c.post("/signin", body), http.StatusConflict) // ended as it began
	for _, path := range []string{"/", "/welcome", "/signin", "/signup", "/sessions", "/password", "/nowhere", "/style.css"} {
		want(c.get(path), http.StatusNotFound)
	}
	want(c.get("/admin"), http.StatusForbidden)
	want(c.post("/refresh", ""))
	want(c.post("/signup", body), http.StatusConflict)
	want(c.post("/password", `{"password":"correct horse","new_password":"short"}`), http.StatusBadRequest)
	want(c.post("/sessions/nobody/end", ""), http.StatusNotFound)
	if i < 20 {
		want(c.post("/sessions/end-others", ""))
	}
	want(c.post("/logout", ""))
}

// A visit that overlaps a sign-out does not bring the session back, wherever it
// is by then.
func TestG2VisitDuringLogOut(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		f.signedUp(t)
		elsewhere := f.another(t)
		for _, during := range []string{"get", "swap"} {
			c := f.signedIn(t)
			old := c.cookie
			f.spy.meanwhile(during, func() { c.with(old).at(elsewhere).post("/logout", "").want(http.StatusOK) })
			c.get("/welcome").want(http.StatusUnauthorized)
			c.with(old).get("/welcome").want(http.StatusUnauthorized)
		}
	})
}

// Two refreshes with one cookie leave exactly one live session.
func TestG3TwoRefreshes(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		first, second := c.with(c.cookie), c.with(c.cookie).at(f.another(t))
		f.spy.meanwhile("rotate", func() { second.post("/refresh", "").want(http.StatusOK) })
		first.post("/refresh", "").want(http.StatusUnauthorized)
		second.get("/welcome").want(http.StatusOK)
		c.get("/welcome").want(http.StatusUnauthorized)
		if got := len(second.sessions()); got != 1 {
			t.Errorf("got %d live sessions, want 1", got)
		}
	})
}

// The same, in whatever order two goroutines take.
func TestG3RefreshesAtOnce(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		for range 10 {
			parts := []*client{c.with(c.cookie), c.with(c.cookie), c}
			var all sync.WaitGroup
			for _, part := range parts[:2] {
				all.Go(func() { part.post("/refresh", "") })
			}
			all.Wait()
			var live []*client
			for _, part := range parts {
				if part.with(part.cookie).get("/welcome").Code == http.StatusOK {
					live = append(live, part)
				}
			}
			if len(live) != 1 {
				t.Fatalf("got %d live sessions, want 1", len(live))
			}
			c = live[0]
		}
	})
}

// A logout during a refresh leaves none, wherever the refresh is by then.
func TestG4LogOutDuringRefresh(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		observer, elsewhere := f.signedUp(t), f.another(t)
		for _, during := range []string{"get", "create", "swap", "rotate"} {
			c := f.signedIn(t)
			old := c.cookie
			f.spy.meanwhile(during, func() { c.with(old).at(elsewhere).post("/logout", "").want(http.StatusOK) })
			c.post("/refresh", "")
			f.spy.setFault(nil)
			c.with(old).get("/welcome").want(http.StatusUnauthorized)
			c.get("/welcome").want(http.StatusUnauthorized)
			if got := len(observer.sessions()); got != 1 {
				t.Errorf("%s: got %d sessions, want only the one that asks", during, got)
			}
		}
	})
}

func TestG5EveryVisitCounts(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		var all sync.WaitGroup
		for i := range 100 {
			path := []string{"/welcome", "/"}[i%2]
			all.Go(func() {
				if got := c.with(c.cookie).get(path); got.Code != http.StatusOK {
					t.Errorf("got %d %s, want 200", got.Code, got.Body)
				}
			})
		}
		all.Wait()
		if got := c.get("/welcome").greeting().Visits; got != 101 {
			t.Errorf("got %d visits, want 101", got)
		}
	})
}
