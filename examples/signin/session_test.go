package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

func TestD1D3D4SignInAlwaysStartsAnew(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	for _, again := range []func(){
		func() { c.post("/signin", adaAgain).want(http.StatusOK) },
		func() { c.post("/signup", strings.Replace(ada, "ada@", "grace@", 1)).want(http.StatusCreated) },
	} {
		before := c.cookie
		again()
		if c.cookie == before {
			t.Error("D1: got the cookie of before, want a new one")
		}
		if _, err := f.spy.Store.Get(t.Context(), before); !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("D3: the former session: got %v, want %v", err, sessionstore.ErrNotFound)
		}
		c.with(before).get("/welcome").want(http.StatusUnauthorized) // D4
	}
}

func TestD2UnknownIDIsNotAdopted(t *testing.T) {
	f := newFixture(t)
	f.signedUp(t)
	planted := sessionstore.NewID()
	c := f.client(t).with(planted)
	c.post("/signin", adaAgain).want(http.StatusOK)
	if c.cookie == planted {
		t.Error("got the planted id, want a new one")
	}
	f.client(t).with(planted).get("/welcome").want(http.StatusUnauthorized)
}

// A wrong password ends nothing: somebody mistyped.
func TestFailedSignInKeepsTheSession(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	c.post("/signin", `{"email":"ada@example.org","password":"wrong horse"}`).want(http.StatusUnauthorized).wantNoCookie()
	c.get("/welcome").want(http.StatusOK)
}

// timed runs a test with a clock that only sleeping moves.
func timed(t *testing.T, test func(t *testing.T, f *fixture, c *client)) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		test(t, f, f.signedUp(t))
	})
}

func TestE1E5IdleLimit(t *testing.T) {
	timed(t, func(t *testing.T, f *fixture, c *client) {
		time.Sleep(idleLimit - time.Nanosecond)
		c.with(c.cookie).get("/welcome").want(http.StatusOK)
		time.Sleep(idleLimit)
		c.get("/welcome").want(http.StatusUnauthorized)
		c.post("/refresh", "").want(http.StatusUnauthorized).wantNoCookie()
		c.get("/welcome").want(http.StatusUnauthorized)
	})
}

func TestE2E3ActivitySlidesUpToTheAbsoluteLimit(t *testing.T) {
	timed(t, func(t *testing.T, f *fixture, c *client) {
		const step = 20 * time.Minute
		for range absoluteLimit/step - 1 {
			time.Sleep(step)
			c.get("/welcome").want(http.StatusOK)
		}
		time.Sleep(step - time.Nanosecond)
		f.spy.longest()
		c.get("/welcome").want(http.StatusOK)
		if got := f.spy.longest(); got != time.Nanosecond {
			t.Errorf("got a ttl of %v, want the 1ns that is left", got)
		}
		time.Sleep(time.Nanosecond)
		c.get("/welcome").want(http.StatusUnauthorized)
	})
}

func TestE4RefreshDoesNotMoveTheAbsoluteLimit(t *testing.T) {
	timed(t, func(t *testing.T, f *fixture, c *client) {
		want := c.get("/welcome").greeting().EndsAt
		const step = 20 * time.Minute
		for range absoluteLimit/step - 1 {
			time.Sleep(step)
			c.post("/refresh", "").want(http.StatusOK)
		}
		if got := c.get("/welcome").greeting().EndsAt; !got.Equal(want) {
			t.Errorf("got the end at %v, want %v", got, want)
		}
		time.Sleep(step)
		c.get("/welcome").want(http.StatusUnauthorized)
		c.post("/refresh", "").want(http.StatusUnauthorized)
	})
}

func TestE6CookieEndsWithTheSession(t *testing.T) {
	timed(t, func(t *testing.T, f *fixture, c *client) {
		got := c.with("").post("/signin", adaAgain).setCookie().MaxAge
		if want := int(absoluteLimit / time.Second); got != want {
			t.Errorf("after sign-in: got Max-Age %d, want %d", got, want)
		}
		const passed = 25 * time.Minute
		time.Sleep(passed)
		got = c.post("/refresh", "").setCookie().MaxAge
		if want := int((absoluteLimit - passed) / time.Second); got != want {
			t.Errorf("after refresh: got Max-Age %d, want %d", got, want)
		}
	})
}

// The absolute limit is in the record, so a store that is late does not
// stretch it.
func TestE3LateStore(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	ended, err := json.Marshal(session{Email: "ada@example.org", Ends: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.spy.Store.Set(t.Context(), c.cookie, ended, time.Hour); err != nil {
		t.Fatal(err)
	}
	c.get("/welcome").want(http.StatusUnauthorized)
}

func TestUnreadableRecordIsNoSession(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	if err := f.spy.Store.Set(t.Context(), c.cookie, []byte("{"), time.Hour); err != nil {
		t.Fatal(err)
	}
	c.get("/welcome").want(http.StatusUnauthorized).wantNoCookie()
	c.post("/signin", adaAgain).want(http.StatusOK)
	c.get("/welcome").want(http.StatusOK)
}

func TestG1ManyClients(t *testing.T) {
	f := newFixture(t)
	f.signedUp(t)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			c := f.client(t)
			if i%2 == 0 {
				c.accept = asPerson
			}
			c.post("/signin", adaAgain)
			for _, path := range []string{"/", "/welcome", "/signin", "/signup"} {
				c.get(path)
			}
			c.post("/refresh", "")
			if got := c.get("/welcome"); got.Code != http.StatusOK {
				t.Errorf("client %d: got %d, want 200", i, got.Code)
			}
			c.post("/logout", "")
		})
	}
	all.Wait()
}

// A visit that overlaps a sign-out does not bring the session back.
func TestG2VisitDuringLogOut(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	old := c.cookie
	f.spy.meanwhile("touch", func() { c.with(old).post("/logout", "").want(http.StatusOK) })
	c.get("/welcome").want(http.StatusUnauthorized)
	c.with(old).get("/welcome").want(http.StatusUnauthorized)
}

// Two refreshes with one cookie leave exactly one live session.
func TestG3TwoRefreshes(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	first, second := f.client(t), f.client(t)
	first.cookie, second.cookie = c.cookie, c.cookie
	f.spy.meanwhile("rotate", func() { second.post("/refresh", "").want(http.StatusOK) })
	first.post("/refresh", "").want(http.StatusUnauthorized)
	second.get("/welcome").want(http.StatusOK)
	c.get("/welcome").want(http.StatusUnauthorized)
}

// A logout during a refresh leaves none.
func TestG4LogOutDuringRefresh(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	old := c.cookie
	f.spy.meanwhile("rotate", func() { c.with(old).post("/logout", "").want(http.StatusOK) })
	c.with(old).post("/refresh", "").want(http.StatusUnauthorized).wantNoCookie()
	c.with(old).get("/welcome").want(http.StatusUnauthorized)
}

func TestI4LogHasNoCookieValue(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	values := []string{c.cookie}
	c.get("/welcome")
	c.post("/refresh", "")
	values = append(values, c.cookie)
	c.get("/?token=" + c.cookie)
	f.spy.fail(errDown)
	c.get("/welcome").want(http.StatusServiceUnavailable)
	c.post("/logout", "").want(http.StatusServiceUnavailable)
	f.spy.fail(nil)
	c.post("/logout", "")
	log := f.logged.String()
	if !strings.Contains(log, "path=/refresh status=200") || !strings.Contains(log, errDown.Error()) {
		t.Errorf("got a log without the requests or the error: %s", log)
	}
	for _, value := range append(values, "correct horse", "ada@example.org") {
		if strings.Contains(log, value) {
			t.Errorf("the log has %q", value)
		}
	}
}
