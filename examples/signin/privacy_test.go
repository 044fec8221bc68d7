package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func TestI1OwnSessions(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		f.clock.advance(time.Minute)
		browser := f.client(t)
		browser.send("POST", "/signin", adaAgain, "User-Agent", firefox).want(http.StatusOK)
		f.clock.advance(5 * time.Minute)
		browser.get("/welcome").want(http.StatusOK)
		stranger := f.client(t)
		stranger.post("/signup", grace).want(http.StatusCreated)

		list := c.sessions()
		if len(list) != 2 {
			t.Fatalf("got %+v, want Ada's two sessions and no others", list)
		}
		other, now := list[1], f.clock.now()
		if !list[0].Current || other.Current || other.Device != "Firefox on Linux" {
			t.Errorf("got %+v, want this one first, and Firefox then", list)
		}
		if !other.CreatedAt.Equal(now.Add(-5*time.Minute)) || !other.SeenAt.Equal(now) {
			t.Errorf("got created %v and seen %v, want five minutes ago and now, %v", other.CreatedAt, other.SeenAt, now)
		}
		for _, accept := range []string{"", asPerson} {
			c.accept = accept
			page := c.get("/sessions").want(http.StatusOK).Body.String()
			if strings.Contains(page, c.cookie) || strings.Contains(page, browser.cookie) {
				t.Error("the list has a raw token")
			}
		}

		stranger.post("/sessions/"+other.Handle+"/end", "").want(http.StatusNotFound)
		c.with(other.Handle).get("/welcome").want(http.StatusUnauthorized) // a handle opens nothing
		browser.get("/welcome").want(http.StatusOK)
		c.accept = ""
		c.post("/sessions/"+other.Handle+"/end", "").want(http.StatusOK)
		browser.get("/welcome").want(http.StatusUnauthorized)
		c.get("/welcome").want(http.StatusOK)
		c.post("/sessions/"+other.Handle+"/end", "").want(http.StatusNotFound)
	})
}

// To end the session in use is to sign out.
func TestI1EndOwnSession(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		old := c.cookie
		gone := c.post("/sessions/"+c.sessions()[0].Handle+"/end", "").want(http.StatusOK).setCookie()
		if gone.MaxAge >= 0 {
			t.Errorf("got %v, want an expired cookie", gone)
		}
		c.with(old).get("/welcome").want(http.StatusUnauthorized)
	})
}

func TestI2SignOutEverywhereElse(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		others := []*client{f.signedIn(t), f.signedIn(t)}
		stranger := f.client(t)
		stranger.post("/signup", grace).want(http.StatusCreated)
		c.post("/sessions/end-others", "").want(http.StatusOK).wantNoCookie().wantBody("2 other sessions were ended.")
		for _, other := range others {
			other.get("/welcome").want(http.StatusUnauthorized)
		}
		c.get("/welcome").want(http.StatusOK)
		stranger.get("/welcome").want(http.StatusOK)
		c.post("/sessions/end-others", "").want(http.StatusOK).wantBody("There was no other session to end.")
	})
}

func TestI3PasswordChangeEndsTheOthers(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c, other := f.signedUp(t), f.signedIn(t)
		wrong := strings.Replace(newPasswordOfAda, "correct", "wrong", 1)
		c.post("/password", wrong).want(http.StatusBadRequest).wantBody(`"password": "`)
		other.get("/welcome").want(http.StatusOK)

		old := c.cookie
		c.post("/password", newPasswordOfAda).want(http.StatusOK).wantBody("One other session was ended.")
		other.get("/welcome").want(http.StatusUnauthorized)
		c.get("/welcome").want(http.StatusOK)
		c.with(old).get("/welcome").want(http.StatusUnauthorized)
		f.client(t).post("/signin", adaAgain).want(http.StatusUnauthorized)
		f.client(t).post("/signin", strings.Replace(adaAgain, "correct horse", "battery staple", 1)).want(http.StatusOK)
	})
}

// A sign-in that compared the old password before it was changed gets no
// session, whether it starts that during the change or after.
func TestI3SignInDuringPasswordChange(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t).at(f.another(t))
		change := func() { c.post("/password", newPasswordOfAda).want(http.StatusOK) }
		f.spy.meanwhile("create", change)
		during := f.client(t)
		during.post("/signin", adaAgain).want(http.StatusConflict).wantNoCookie()

		again := strings.NewReplacer("correct horse", "battery staple", "battery staple", "correct horse")
		change = func() { c.post("/password", again.Replace(newPasswordOfAda)).want(http.StatusOK) }
		compare := f.passwords.compare
		f.passwords.compare = func(hash, password []byte) error {
			f.passwords.compare = compare
			defer change()
			return compare(hash, password)
		}
		after := f.client(t)
		after.post("/signin", again.Replace(adaAgain)).want(http.StatusUnauthorized)
		if after.cookie != "" {
			t.Error("got a cookie, want none")
		}
		last := f.signedIn(t)
		if got := len(last.sessions()); got != 2 {
			t.Errorf("got %d sessions, want that which changed the password and the last", got)
		}
	})
}

var idLike = regexp.MustCompile(`[A-Za-z0-9_-]{20,}`)

// TestI4LogHasNoCookieValue runs the program through everything, an outage and
// an attempt to smuggle the value in among it, and reads all that it wrote.
func TestI4LogHasNoCookieValue(t *testing.T) {
	for name, url := range storeURLs {
		t.Run(name, func(t *testing.T) {
			p := start(t, t.TempDir(), "-store", url(t))
			values := []string{p.wantStatus(http.StatusCreated, "POST", "/signup", ada, "")}
			now := func() string { return values[len(values)-1] }
			ask := func(status int, method, path, body string) {
				if set := p.wantStatus(status, method, path, body, now()); set != "" {
					values = append(values, set)
				}
			}
			ask(http.StatusOK, "GET", "/welcome", "")
			ask(http.StatusOK, "POST", "/refresh", "")
			ask(http.StatusOK, "GET", "/?token="+now(), "")
			ask(http.StatusNotFound, "GET", "/"+now(), "")
			ask(http.StatusNotFound, "POST", "/sessions/"+now()+"/end", "")
			ask(http.StatusOK, "GET", "/sessions", "")
			ask(http.StatusOK, "POST", "/password", newPasswordOfAda)
			ask(http.StatusOK, "GET", "/admin", "")
			ask(http.StatusUnauthorized, "POST", "/signin", adaAgain)
			ask(http.StatusOK, "POST", "/signin", strings.Replace(adaAgain, "correct horse", "battery staple", 1))
			ask(http.StatusOK, "POST", "/logout", "")
			p.interrupt()
			said := p.stdout.String() + p.stderr.String()
			if !strings.Contains(said, `route="POST /refresh"`) {
				t.Errorf("got an output without the requests: %s", said)
			}
			for _, value := range append(values, "battery staple") {
				if strings.Contains(said, value) {
					t.Errorf("the output has %q", value)
				}
			}
			if found := idLike.FindString(p.stderr.String()); found != "" {
				t.Errorf("the log has %q, which may be an id or a handle", found)
			}
		})
	}
}

// An outage is logged with its reason, and without what was asked for.
func TestI4LogOfAnOutage(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		f.spy.fail(errDown)
		c.get("/welcome").want(http.StatusServiceUnavailable)
		c.post("/logout", "").want(http.StatusServiceUnavailable)
		f.spy.fail(nil)
		log := f.logged.String()
		if !strings.Contains(log, errDown.Error()) {
			t.Errorf("got a log without the error: %s", log)
		}
		for _, value := range []string{c.cookie, c.sessions()[0].Handle, "correct horse", "ada@example.org"} {
			if strings.Contains(log, value) {
				t.Errorf("the log has %q", value)
			}
		}
	})
}

func TestI5DumpHasNoToken(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		tokens := []string{c.cookie}
		c.post("/refresh", "").want(http.StatusOK)
		tokens = append(tokens, c.cookie, f.signedIn(t).cookie)
		c.get("/welcome").want(http.StatusOK)
		handles := c.sessions()
		dump := f.backend.dump(t)
		for _, token := range tokens {
			if strings.Contains(dump, token) {
				t.Error("the dump has a raw token")
			}
		}
		for _, one := range handles { // else this is no dump of the sessions
			if !strings.Contains(dump, one.Handle) {
				t.Errorf("the dump of %d bytes does not have the session %s", len(dump), one.Handle)
			}
		}
	})
}
