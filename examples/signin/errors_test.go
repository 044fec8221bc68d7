package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

func TestB1MalformedBody(t *testing.T) {
	f := newFixture(t)
	c := f.client(t)
	for name, body := range map[string]string{
		"cut short":  `{"email":"ada@exam`,
		"two values": adaAgain + adaAgain,
		"wrong type": `{"email":7,"password":"correct horse"}`,
		"bad escape": "email=%zz&password=x",
		"garbage":    "{]",
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/signup", "/signin"} {
				c.post(path, body).want(http.StatusBadRequest).wantNoCookie()
			}
		})
	}
	c.send("POST", "/signin", adaAgain, "Content-Type", "text/plain").want(http.StatusUnsupportedMediaType)
	c.post("/signin", "").want(http.StatusUnsupportedMediaType)
}

func TestB2UnknownUserAndWrongPasswordAreAlike(t *testing.T) {
	f := newFixture(t)
	f.signedUp(t)
	compare, compared := f.passwords.compare, 0
	f.passwords.compare = func(hash, password []byte) error {
		compared++
		return compare(hash, password)
	}
	long := strings.Repeat("x", maxPasswordBytes+1)
	var bodies []string
	for _, body := range []string{
		`{"email":"ada@example.org","password":"wrong horse"}`,
		`{"email":"nobody@example.org","password":"correct horse"}`,
		`{"email":"ada@example.org","password":"` + long + `"}`,
		`{"email":"nobody@example.org","password":"nobody's password"}`,
	} {
		before := compared
		answer := f.client(t).post("/signin", body).want(http.StatusUnauthorized).wantNoCookie()
		bodies = append(bodies, answer.Body.String())
		if got := compared - before; got != 1 {
			t.Errorf("%s: got %d comparisons, want exactly 1", body, got)
		}
	}
	for _, body := range bodies {
		if body != bodies[0] {
			t.Errorf("got bodies %q, want all alike", bodies)
		}
	}
}

// bcrypt compares the first 72 bytes only: what follows must count too.
func TestPasswordIsComparedWhole(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("x", maxPasswordBytes)
	c := f.client(t)
	c.post("/signup", strings.Replace(ada, "correct horse", long, 1)).want(http.StatusCreated)
	c.post("/signin", strings.Replace(adaAgain, "correct horse", long+"y", 1)).want(http.StatusUnauthorized)
	c.post("/signin", strings.Replace(adaAgain, "correct horse", long, 1)).want(http.StatusOK)
}

func TestB3NoCookie(t *testing.T) {
	f := newFixture(t)
	c := f.client(t)
	c.get("/welcome").want(http.StatusUnauthorized).wantNoCookie()
	c.post("/refresh", "").want(http.StatusUnauthorized).wantNoCookie()
	if got := f.spy.seen(); len(got) != 0 {
		t.Errorf("got %d calls of the store, want none", len(got))
	}
}

// badCookies are values that are nobody's session; real is one that is.
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
	f := newFixture(t)
	c := f.signedUp(t)
	for name, cookie := range badCookies(c.cookie) {
		t.Run(name, func(t *testing.T) {
			c.with(cookie).get("/welcome").want(http.StatusUnauthorized).wantNoCookie()
			c.with(cookie).post("/refresh", "").want(http.StatusUnauthorized).wantNoCookie()
			c.with(cookie).post("/signin", adaAgain).want(http.StatusOK)
			c.with(cookie).post("/logout", "").want(http.StatusOK)
		})
	}
	for _, id := range f.spy.seen() {
		if !sessionstore.ValidID(id) {
			t.Errorf("the store was asked for %q", id)
		}
	}
}

func TestB5WrongMethod(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	for _, test := range []struct{ method, path, allow string }{
		{"GET", "/logout", "POST"},
		{"HEAD", "/logout", "POST"},
		{"GET", "/refresh", "POST"},
		{"POST", "/welcome", "GET, HEAD"},
		{"PUT", "/signin", "GET, HEAD, POST"},
		{"DELETE", "/signup", "GET, HEAD, POST"},
		{"POST", "/", "GET, HEAD"},
	} {
		got := c.send(test.method, test.path, "").want(http.StatusMethodNotAllowed).wantNoCookie()
		if got := got.Header().Get("Allow"); got != test.allow {
			t.Errorf("%s %s: got Allow %q, want %q", test.method, test.path, got, test.allow)
		}
	}
	c.get("/welcome").want(http.StatusOK)
}

func TestB6BodyTooLarge(t *testing.T) {
	f := newFixture(t)
	c := f.client(t)
	for name, body := range map[string]string{
		"json": `{"first_name":"` + strings.Repeat("x", maxBodyBytes) + `"}`,
		"form": "first_name=" + strings.Repeat("x", maxBodyBytes),
	} {
		for _, path := range []string{"/signup", "/signin", "/logout", "/refresh"} {
			c.post(path, body).want(http.StatusRequestEntityTooLarge)
		}
		// A chunked body does not say how long it is.
		r := httptest.NewRequest("POST", "/signin", io.MultiReader(strings.NewReader(body)))
		r.Header.Set("Content-Type", map[string]string{
			"json": "application/json", "form": "application/x-www-form-urlencoded"}[name])
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		if w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("chunked %s: got status %d, want 413", name, w.Code)
		}
	}
}

var errDown = errors.New("the store is down")

func TestB7StoreDown(t *testing.T) {
	for name, fault := range map[string]func(context.Context) error{
		"refuses": func(context.Context) error { return errDown },
		"hangs":   func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { storeDown(t, fault) })
		})
	}
}

func storeDown(t *testing.T, fault func(context.Context) error) {
	f := newFixture(t)
	c := f.signedUp(t)
	f.spy.fault = func(ctx context.Context, _ string) error { return fault(ctx) }
	for _, test := range []struct{ method, path, body string }{
		{"GET", "/", ""},
		{"GET", "/welcome", ""},
		{"GET", "/signin", ""},
		{"POST", "/refresh", ""},
		{"POST", "/logout", ""},
		{"POST", "/signin", adaAgain},
		{"POST", "/signup", strings.Replace(ada, "ada@", "grace@", 1)},
	} {
		for _, accept := range []string{"", asPerson} {
			c := c.with(c.cookie)
			c.accept = accept
			began := time.Now()
			answer := c.send(test.method, test.path, test.body)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s %s took %v, want at most 5 s", test.method, test.path, took)
			}
			if test.path == "/signup" && accept != "" {
				answer.want(http.StatusConflict) // the account of the first round is there
				continue
			}
			answer.want(http.StatusServiceUnavailable).wantNoCookie()
			if answer.Header().Get("Retry-After") == "" {
				t.Errorf("%s %s: no Retry-After", test.method, test.path)
			}
		}
	}
	f.spy.fault = nil
	c.get("/welcome").want(http.StatusOK)
}

// A refresh that fails leaves one session: the old one.
func TestB7FailedRefresh(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	f.spy.fault = func(_ context.Context, op string) error {
		if op == "rotate" {
			return errDown
		}
		return nil
	}
	before := len(f.spy.seen())
	c.post("/refresh", "").want(http.StatusServiceUnavailable).wantNoCookie()
	f.spy.fault = nil
	c.get("/welcome").want(http.StatusOK)
	for _, id := range f.spy.seen()[before:] {
		if id == c.cookie {
			continue
		}
		if _, err := f.spy.Get(t.Context(), id); !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("the new session: got %v, want %v", err, sessionstore.ErrNotFound)
		}
	}
}

func TestB8BadFields(t *testing.T) {
	f := newFixture(t)
	field := func(name, value string) string {
		values := map[string]string{"first_name": "Ada", "last_name": "Lovelace",
			"email": "ada@example.org", "password": "correct horse"}
		values[name] = value
		var pairs []string
		for name, value := range values {
			pairs = append(pairs, name, value)
		}
		return formOf(pairs...)
	}
	for _, test := range []struct{ name, field, value string }{
		{"first name missing", "first_name", ""},
		{"first name blank", "first_name", " \t "},
		{"first name with control characters", "first_name", "A\x00da"},
		{"first name no UTF-8", "first_name", "A\xffda"},
		{"last name blank", "last_name", "\u3000"},
		{"last name long", "last_name", strings.Repeat("x", maxNameRunes+1)},
		{"email missing", "email", ""},
		{"email without at", "email", "ada.example.org"},
		{"email with a name", "email", "Ada <ada@example.org>"},
		{"email twice", "email", "ada@example.org, eve@example.org"},
		{"email long", "email", strings.Repeat("x", maxEmailBytes) + "@example.org"},
		{"password missing", "password", ""},
		{"password blank", "password", "          "},
		{"password of 7 characters", "password", "ünïcödé"},
		{"password of 73 bytes", "password", strings.Repeat("x", maxPasswordBytes+1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := field(test.field, test.value)
			f.client(t).post("/signup", body).want(http.StatusBadRequest).wantBody(`"` + test.field + `":"`)
			page := f.person(t).post("/signup", body).want(http.StatusBadRequest).wantNoCookie()
			page.wantBody(`id="` + test.field + `-fault"`)
			if test.field != "last_name" {
				page.wantBody(`value="Lovelace"`)
			}
			if strings.Contains(page.Body.String(), "correct horse") {
				t.Error("the page sends the password back")
			}
		})
	}
	for _, edge := range []string{"exactly8", strings.Repeat("x", maxPasswordBytes)} {
		f.client(t).post("/signup", formOf("first_name", "Ada", "last_name", "Lovelace",
			"email", "ada"+edge[:1]+"@example.org", "password", edge)).want(http.StatusCreated)
	}
	f.client(t).post("/signin", `{"email":"ada"}`).want(http.StatusBadRequest).
		wantBody(`"email":"`).wantBody(`"password":"`)
}

func TestB8PageEscapesWhatWasTyped(t *testing.T) {
	f := newFixture(t)
	page := f.person(t).post("/signin", formOf("email", `"><script>alert(1)</script>`, "password", "x"))
	if page.want(http.StatusBadRequest); strings.Contains(page.Body.String(), "<script") {
		t.Errorf("got an unescaped page: %s", page.Body)
	}
}

func TestB9EmailsCompareWithoutCase(t *testing.T) {
	f := newFixture(t)
	f.signedUp(t)
	shouted := strings.Replace(ada, "ada@example.org", " ADA@Example.ORG ", 1)
	f.client(t).post("/signup", shouted).want(http.StatusConflict).wantNoCookie()
	f.client(t).post("/signin", shouted).want(http.StatusOK)
}

func TestB9SimultaneousSignUps(t *testing.T) {
	f := newFixture(t)
	var created, taken atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch f.client(t).post("/signup", ada).Code {
			case http.StatusCreated:
				created.Add(1)
			case http.StatusConflict:
				taken.Add(1)
			}
		})
	}
	all.Wait()
	if created.Load() != 1 || taken.Load() != 7 {
		t.Errorf("got %d accounts and %d refusals, want 1 and 7", created.Load(), taken.Load())
	}
}
