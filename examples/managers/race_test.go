package managers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore"
)

// app is a web application on a session manager, with the paths that every
// test here uses:
//
//	POST /signin   begins a session for the form's name
//	GET  /         answers with the name
//	GET  /slow     reads the session, holds, changes it and saves it
//	POST /signout  ends the session
type app func(*http.Request) (*http.Response, error)

// builder returns an app whose slow request calls hold in its midst.
type builder func(t *testing.T, hold func()) app

// onStore is a builder with a store to choose.
type onStore func(t *testing.T, store sessionstore.Store, hold func()) app

func serving(h http.Handler) app {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

// request returns the status, the body and the cookie that was set, if any.
func (a app) request(t *testing.T, method, path, cookie string) (status int, body, set string) {
	t.Helper()
	form := url.Values{"name": {"ada"}}
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	response, err := a(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range response.Header.Values("Set-Cookie") {
		set, _, _ = strings.Cut(line, ";")
	}
	return response.StatusCode, string(text), set
}

func (a app) signIn(t *testing.T, cookie string) string {
	t.Helper()
	status, body, set := a.request(t, "POST", "/signin", cookie)
	if status != http.StatusOK || set == "" {
		t.Fatalf("sign-in: got %d %q and the cookie %q", status, body, set)
	}
	return set
}

// wantName wants that cookie stands for the name, or for nobody.
func (a app) wantName(t *testing.T, cookie, name string) {
	t.Helper()
	if status, body, _ := a.request(t, "GET", "/", cookie); status != http.StatusOK || body != name {
		t.Errorf("got %d %q, want 200 and the name %q", status, body, name)
	}
}

// race signs in and begins a slow request, signs out while that is under way,
// and lets it end. It returns the name for which the old cookie stands then.
func race(t *testing.T, build builder) string {
	t.Helper()
	held, released := make(chan struct{}), make(chan struct{})
	a := build(t, func() {
		close(held)
		<-released
	})
	cookie := a.signIn(t, "")
	slow := make(chan int, 1)
	go func() {
		status, _, _ := a.request(t, "GET", "/slow", cookie)
		slow <- status
	}()
	<-held
	if status, body, _ := a.request(t, "POST", "/signout", cookie); status != http.StatusOK {
		t.Errorf("sign-out: got %d %q", status, body)
	}
	a.wantName(t, cookie, "")
	close(released)
	if status := <-slow; status != http.StatusOK {
		t.Errorf("the slow request: got %d, want 200", status)
	}
	status, name, _ := a.request(t, "GET", "/", cookie)
	if status != http.StatusOK {
		t.Errorf("after the race: got %d %q", status, name)
	}
	return name
}

// raceIsReal wants that on the manager's own store the session comes back. If
// it does not, the manager was mended, and the texts are to be changed.
func raceIsReal(t *testing.T, name string, build builder) {
	t.Run("the race is real on "+name, func(t *testing.T) {
		if got := race(t, build); got != "ada" {
			t.Errorf("after the logout the session is %q, want %q: the race is not there any more", got, "ada")
		}
	})
}

// testManager is what every manager's test does with our store.
func testManager(t *testing.T, build onStore) {
	t.Run("the race ends on", func(t *testing.T) {
		onEveryBackend(t, func(t *testing.T, store sessionstore.Store) {
			got := race(t, func(t *testing.T, hold func()) app { return build(t, store, hold) })
			if got != "" {
				t.Errorf("after the logout the session is there: %q", got)
			}
		})
	})
	t.Run("hostile cookies are a visitor", func(t *testing.T) { hostileCookies(t, build) })
	t.Run("unreadable sessions are a visitor", func(t *testing.T) { unreadable(t, build) })
	t.Run("a sign-in ends no other session", func(t *testing.T) {
		a := build(t, newMemory(t), func() {})
		first, second := a.signIn(t, ""), a.signIn(t, "")
		a.request(t, "POST", "/signout", first)
		a.wantName(t, first, "")
		a.wantName(t, second, "ada")
		a.wantName(t, a.signIn(t, ""), "ada") // whose options are not those of the first
	})
}

// hostileCookies sends what no manager has handed out. None is an error, none
// is adopted, and with each the visitor can sign in.
func hostileCookies(t *testing.T, build onStore) {
	a := build(t, newMemory(t), func() {})
	name, value, _ := strings.Cut(a.signIn(t, ""), "=")
	for what, hostile := range map[string]string{
		"empty":            "",
		"a guess":          sessionstore.NewID(),
		"cut short":        value[:len(value)-1],
		"longer":           value + "A",
		"10 kB":            strings.Repeat("A", 10_000),
		"another alphabet": "a/b+c:d|e'f(g)",
		"a path":           "../../etc/passwd",
		"memcached":        "x\r\nflush_all",
		"a handle":         "#" + sessionstore.NewID(),
		"a guard's record": "~guard." + sessionstore.NewID(),
		"not UTF-8":        "\xff\xfe",
	} {
		status, body, set := a.request(t, "GET", "/", name+"="+hostile)
		if status != http.StatusOK || body != "" {
			t.Errorf("%s: got %d %q, want 200 and no name", what, status, body)
		}
		if hostile != "" && strings.HasSuffix(set, hostile) {
			t.Errorf("%s: it was adopted", what)
		}
		cookie := a.signIn(t, name+"="+hostile)
		if cookie == name+"="+hostile {
			t.Errorf("%s: it was adopted at sign-in", what)
		}
		a.wantName(t, cookie, "ada")
	}
}

// unreadable replaces a session's record by another: the visitor has no
// session, and can sign in with the old cookie.
func unreadable(t *testing.T, build onStore) {
	for what, record := range map[string][]byte{
		"nothing":      {},
		"other format": []byte(`{"user":"ada"}`),
		"cut short":    nil, // the record without its end
	} {
		backend := newMemory(t)
		a := build(t, backend, func() {})
		cookie := a.signIn(t, "")
		for session := range backend.All(t.Context()) {
			if what == "cut short" {
				record = session.Data[:len(session.Data)-3]
			}
			if err := sessionstore.Replace(t.Context(), backend, session.ID, record, sessionstore.MaxTTL); err != nil {
				t.Fatal(err)
			}
		}
		a.wantName(t, cookie, "")
		a.wantName(t, a.signIn(t, cookie), "ada")
	}
}
