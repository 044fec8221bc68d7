package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// private are the requests for which one must be signed in.
var private = []struct{ method, path string }{
	{"GET", "/"},
	{"GET", "/welcome"},
	{"POST", "/refresh"},
	{"GET", "/password"},
	{"POST", "/password"},
	{"GET", "/sessions"},
	{"POST", "/sessions/abc/end"},
	{"POST", "/sessions/end-others"},
	{"GET", "/admin"},
}

func TestB3NoCookie(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		for _, r := range private {
			f.client(t).send(r.method, r.path, "").want(http.StatusUnauthorized).wantNoCookie()
			answer := f.person(t).send(r.method, r.path, "").wantNoCookie()
			if r.path == "/welcome" { // for programs alone
				answer.want(http.StatusUnauthorized)
				continue
			}
			answer.wantRedirect("/signin")
		}
		if got := f.spy.calls(); got != "" {
			t.Errorf("got the calls %s, want none", got)
		}
	})
}

// badCookies are values that are nobody's session; real is one that is. Control
// characters do not come this far from a network, as TestB4OnTheWire shows; what
// is behind net/http does not rely on that.
func badCookies(real string) map[string]string {
	return map[string]string{
		"none":      "",
		"unknown":   sessionstore.NewID(),
		"malformed": "not/an+id",
		"empty":     `""`,
		"10 kB":     strings.Repeat("a", 10<<10),
		"control":   "ab\x01\x7fc",
		"newline":   "abc\r\nflush_all",
		"space":     "a b",
		"not ASCII": "naïve",
		"longer":    real + "=",
		"prefix":    real[:len(real)-1],
	}
}

func TestB4BadCookies(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		for name, cookie := range badCookies(c.cookie) {
			for _, r := range private {
				got := c.with(cookie).send(r.method, r.path, "")
				if got.Code != http.StatusUnauthorized {
					t.Errorf("%s, %s: got status %d, want 401", name, got.what, got.Code)
				}
				got.wantNoCookie()
			}
			c.with(cookie).post("/signin", adaAgain).want(http.StatusOK)
			c.with(cookie).post("/logout", "").want(http.StatusOK)
			if len(cookie) > 2 && f.spy.saw(cookie) {
				t.Errorf("%s: the backend saw the cookie", name)
			}
		}
		if f.spy.saw(c.cookie) {
			t.Error("the backend saw the cookie of a session")
		}
		c.get("/welcome").want(http.StatusOK)
	})
}

// net/http answers a header with control characters by itself, with 400: neither
// the program nor the store sees it.
func TestB4OnTheWire(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.signedUp(t)
	server := f.newHTTPServer()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() { _ = server.Serve(listener) }() // it ends with ErrServerClosed
	defer server.Close()

	bad := badCookies(c.cookie)
	for _, test := range []struct {
		name, cookie string
		want         int
		calls        string
	}{
		{"control", bad["control"], http.StatusBadRequest, ""},
		{"newline", bad["newline"], http.StatusBadRequest, ""},
		{"nul", c.cookie + "\x00", http.StatusBadRequest, ""},
		{"none of these", c.cookie, http.StatusOK, "get swap"},
	} {
		f.spy.calls()
		conn, err := net.Dial("tcp", listener.Addr().String())
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
		_, err = io.WriteString(conn, "GET /welcome HTTP/1.1\r\nHost: signin.example\r\nCookie: "+c.name+"="+test.cookie+"\r\n\r\n")
		must(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		answer.Body.Close()
		conn.Close()
		if got := answer.Header.Values("Set-Cookie"); answer.StatusCode != test.want || len(got) != 0 {
			t.Errorf("%s: got status %d and Set-Cookie %q, want %d and none", test.name, answer.StatusCode, got, test.want)
		}
		if got := f.spy.calls(); got != test.calls {
			t.Errorf("%s: got the calls %q, want %q", test.name, got, test.calls)
		}
	}
}

func TestB5WrongMethod(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.signedUp(t)
	for _, test := range []struct{ method, path, allow string }{
		{"GET", "/logout", "POST"},
		{"HEAD", "/logout", "POST"},
		{"GET", "/refresh", "POST"},
		{"GET", "/sessions/abc/end", "POST"},
		{"GET", "/sessions/end-others", "POST"},
		{"POST", "/sessions", "GET, HEAD"},
		{"DELETE", "/password", "GET, HEAD, POST"},
		{"POST", "/admin", "GET, HEAD"},
		{"POST", "/welcome", "GET, HEAD"},
		{"PUT", "/signin", "GET, HEAD, POST"},
		{"DELETE", "/signup", "GET, HEAD, POST"},
		{"POST", "/", "GET, HEAD"},
	} {
		f.spy.calls()
		got := c.send(test.method, test.path, "").want(http.StatusMethodNotAllowed).wantNoCookie()
		if got := got.Header().Get("Allow"); got != test.allow {
			t.Errorf("%s %s: got Allow %q, want %q", test.method, test.path, got, test.allow)
		}
		if got := f.spy.calls(); got != "" {
			t.Errorf("%s %s: got the calls %s, want none", test.method, test.path, got)
		}
	}
	c.get("/nowhere").want(http.StatusNotFound).wantBody(`"error": "`)
	person := f.person(t)
	person.get("/nowhere").want(http.StatusNotFound).wantBody("<h1>Not Found</h1>")
	person.get("/logout").want(http.StatusMethodNotAllowed).wantBody("<h1>Method Not Allowed</h1>")
}

var errDown = errors.New("the store is down")

// A store that hangs is given up after httpsession's own limit.
func TestB7StoreHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, onMemory(t))
		f.timeout = 0
		f.serve(t, f.config)
		c := f.signedUp(t)
		f.spy.setFault(func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() })
		wantOutage(t, f, c, 5*time.Second)
		f.spy.setFault(nil)
		c.get("/welcome").want(http.StatusOK)
	})
}

// wantOutage asks for everything, as a program and as a person.
func wantOutage(t *testing.T, f *fixture, c *client, limit time.Duration) {
	t.Helper()
	requests := append(private[:len(private):len(private)], []struct{ method, path string }{
		{"GET", "/signin"}, {"GET", "/signup"}, {"POST", "/logout"}, {"POST", "/signin"}, {"POST", "/signup"},
	}...)
	bodies := map[string]string{"/signin": adaAgain, "/signup": grace}
	for _, r := range requests {
		for _, accept := range []string{"", asPerson} {
			c := c.with(c.cookie)
			c.accept = accept
			body := ""
			if r.method == "POST" {
				body = bodies[r.path]
			}
			began := time.Now()
			answer := c.send(r.method, r.path, body).want(http.StatusServiceUnavailable).wantNoCookie()
			if took := time.Since(began); took > limit {
				t.Errorf("%s %s took %v, want at most %v", r.method, r.path, took, limit)
			}
			if answer.Header().Get("Retry-After") == "" {
				t.Errorf("%s %s: no Retry-After", r.method, r.path)
			}
		}
	}
	f.client(t).post("/signin", adaAgain).want(http.StatusServiceUnavailable).wantNoCookie()
}

// A refresh that fails leaves the session as it was.
func TestB7FailedRefresh(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		f.spy.setFault(func(_ context.Context, op string) error {
			if op == "rotate" {
				return errDown
			}
			return nil
		})
		c.post("/refresh", "").want(http.StatusServiceUnavailable).wantNoCookie()
		f.spy.setFault(nil)
		c.get("/welcome").want(http.StatusOK)
		if got := len(c.sessions()); got != 1 {
			t.Errorf("got %d sessions, want 1", got)
		}
	})
}

// The accounts, too, may be out of reach: that is 503 in the program's own words,
// and nobody is signed out.
func TestB7AccountsDown(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.signedUp(t)
	if err := f.server.users.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []*reply{
		f.client(t).post("/signin", adaAgain), f.client(t).post("/signup", grace), c.get("/admin"),
		c.post("/password", `{"password": "correct horse", "new_password": "battery staple"}`),
	} {
		answer.want(http.StatusServiceUnavailable).wantNoCookie()
		if got := answer.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/json") || answer.Header().Get("Retry-After") == "" {
			t.Errorf("got %s %q, want JSON and when to try again", got, answer.Body)
		}
	}
	c.get("/welcome").want(http.StatusOK)
}
