package httpsession_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/httpsession"
)

// cookieOf returns the one cookie that a response sets.
func cookieOf(t *testing.T, answer *http.Response) *http.Cookie {
	t.Helper()
	cookies := answer.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("got %d cookies, want 1", len(cookies))
	}
	if got := answer.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("got Cache-Control %q beside a cookie, want no-store", got)
	}
	return cookies[0]
}

func TestCookieAttributes(t *testing.T) {
	for _, test := range []struct {
		name string
		opts options
		want http.Cookie
	}{
		{"default", options{}, http.Cookie{Name: "__Host-session", Secure: true}},
		{"named", options{Cookie: "sid"}, http.Cookie{Name: "__Host-sid", Secure: true}},
		{"plain HTTP", options{PlainHTTP: true}, http.Cookie{Name: "session"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newManager(t, newMemory(t), test.opts)
			start := func(w http.ResponseWriter, r *http.Request) { must(t, m.Start(w, r, visitor{})) }
			end := func(w http.ResponseWriter, r *http.Request) { must(t, m.End(w, r)) }
			for what, handler := range map[string]http.HandlerFunc{"Start": start, "End": end} {
				got := cookieOf(t, newBrowser(t, m).visit(handler))
				if got.Name != test.want.Name || got.Secure != test.want.Secure {
					t.Errorf("%s: got %s with Secure %v, want %s with %v", what, got.Name, got.Secure, test.want.Name, test.want.Secure)
				}
				if got.Path != "/" || got.Domain != "" || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode {
					t.Errorf("%s: got %v, want path /, no domain, HttpOnly, SameSite=Lax", what, got)
				}
			}
		})
	}
}

// TestCookieEndsWithAbsolute: the cookie does not outlive the absolute limit, but
// for a part of its last second, and a renewal does not move it.
func TestCookieEndsWithAbsolute(t *testing.T) {
	c := newClock()
	m := newManager(t, newMemory(t), options{Absolute: 10 * time.Minute, Now: c.Now})
	b := newBrowser(t, m)
	first := b.visit(func(w http.ResponseWriter, r *http.Request) { must(t, m.Start(w, r, visitor{})) })
	if got := cookieOf(t, first).MaxAge; got != 600 {
		t.Errorf("Start: got Max-Age %d, want 600", got)
	}
	c.advance(4 * time.Minute)
	renew := func(w http.ResponseWriter, r *http.Request) { must(t, m.Renew(w, r)) }
	if got := cookieOf(t, b.visit(renew)).MaxAge; got != 360 {
		t.Errorf("Renew after four minutes: got Max-Age %d, want 360", got)
	}
	c.advance(6*time.Minute - 300*time.Millisecond)
	if got := cookieOf(t, b.visit(renew)).MaxAge; got != 1 { // 0 would be left out, and the cookie stay
		t.Errorf("Renew in the last second: got Max-Age %d, want 1", got)
	}
}

// TestShortestAbsolute: a sign-in leaves a cookie, although a part of the only
// second is over by then.
func TestShortestAbsolute(t *testing.T) {
	c := newClock()
	now := func() time.Time {
		c.advance(time.Millisecond)
		return c.Now()
	}
	m := newManager(t, newMemory(t), options{Absolute: time.Second, Now: now})
	started := newBrowser(t, m).visit(func(w http.ResponseWriter, r *http.Request) {
		must(t, m.Start(w, r, visitor{User: "ada"}))
	})
	if got := cookieOf(t, started).MaxAge; got != 1 {
		t.Errorf("got Max-Age %d, want 1", got)
	}
}

// TestLoadSetsNoCookie: a slow answer about an old session must not overwrite
// the cookie of a new one.
func TestLoadSetsNoCookie(t *testing.T) {
	c := newClock()
	m := newManager(t, newMemory(t), options{Now: c.Now})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	look := func(w http.ResponseWriter, r *http.Request) { m.Value(r) }
	for _, after := range []time.Duration{0, 10 * time.Minute, 10 * time.Hour} {
		c.advance(after)
		answer := b.visit(look)
		if got := answer.Header.Values("Set-Cookie"); len(got) > 0 {
			t.Errorf("%v later: got Set-Cookie", after)
		}
		if got := answer.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%v later: got Cache-Control %q, want no-store", after, got)
		}
	}
}

var hostile = map[string]string{
	"empty":         "",
	"a space":       "a b",
	"a line end":    "a\r\nset x 0 0 1\r\n",
	"control":       "a\x00\x01\x7f",
	"quotes":        `"a'`,
	"a handle":      "#" + strings.Repeat("A", 43),
	"a key":         "prefix:#~owners:x",
	"beyond ASCII":  "sëssion",
	"one too long":  strings.Repeat("a", sessionstore.MaxIDBytes+1),
	"ten kilobytes": strings.Repeat("a", 10_000),
	"a path":        "../../etc/passwd",
}

// TestHostileCookies: what can be no id is a visitor without a session, and
// nothing of it reaches the backend.
func TestHostileCookies(t *testing.T) {
	backend := &spy{Store: newMemory(t)}
	m := newManager(t, backend, options{})
	backend.take()
	for name, value := range hostile {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, m)
			b.cookie = value
			b.wantNone()
			wantNoSession(t, "Renew", b.with(value).renew())
			must(t, b.with(value).end())
			if got := backend.take(); len(got) > 0 {
				t.Errorf("got %d calls of the backend, want none", len(got))
			}
		})
	}
}

// TestUnknownCookies: an id that nobody handed out is looked for, under its
// hash, and not adopted.
func TestUnknownCookies(t *testing.T) {
	backend := &spy{Store: newMemory(t)}
	m := newManager(t, backend, options{})
	backend.take()
	b := newBrowser(t, m)
	b.cookie = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	sent := b.cookie
	b.wantNone()
	must(t, b.end())
	for _, id := range backend.take() {
		if strings.Contains(id, sent) {
			t.Error("the id that the client sent reached the backend")
		}
	}
}

// TestBackendHoldsNoID: a dump of the backend holds nothing that a browser
// could send, in no namespace, and neither does what is shown.
func TestBackendHoldsNoID(t *testing.T) {
	backend := &spy{Store: newMemory(t)}
	m := newManager(t, backend, options{Owner: userOf})
	b := newBrowser(t, m)
	var ids []string
	must(t, b.start("ada"))
	ids = append(ids, b.cookie)
	must(t, b.renew())
	ids = append(ids, b.cookie)
	must(t, b.count())
	b.visit(func(w http.ResponseWriter, r *http.Request) { must(t, m.Flash(w, r, "hello")) })
	var shown httpsession.Session[visitor]
	b.visit(func(_ http.ResponseWriter, r *http.Request) { shown, _ = m.Current(r) })
	seen := strings.Join(append(backend.take(), shown.Handle), "\n")
	for _, id := range ids {
		if strings.Contains(seen, id) {
			t.Fatal("an id of a cookie is in what the backend was given, or in a handle")
		}
	}
}

// TestEndIsTheSameForAll: the answer to a sign-out tells nobody whether there
// was a session.
func TestEndIsTheSameForAll(t *testing.T) {
	m := newManager(t, newMemory(t), options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	answer := func(cookie string) string {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		r.Header.Set("Cookie", "__Host-session="+cookie)
		m.Load(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { must(t, m.End(w, r)) })).ServeHTTP(w, r)
		var lines []string
		for name, values := range w.Header() {
			lines = append(lines, name+": "+strings.Join(values, ", "))
		}
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	want := answer(b.cookie)
	for name, value := range hostile {
		if got := answer(value); got != want {
			t.Errorf("%s: got\n%s\nwant, as with a session,\n%s", name, got, want)
		}
	}
	if got := answer(sessionstore.NewID()); got != want {
		t.Errorf("unknown: got\n%s\nwant, as with a session,\n%s", got, want)
	}
	b.wantNone()
}
