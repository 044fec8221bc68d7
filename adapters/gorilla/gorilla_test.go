package gorilla

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/sessions"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

var (
	key      = []byte(strings.Repeat("k", 32))
	otherKey = []byte(strings.Repeat("o", 32))
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newMemory(t *testing.T) *memory.Store {
	t.Helper()
	s, err := memory.New(memory.Options{SweepInterval: -1})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func newStore(t *testing.T, s sessionstore.Store, keys ...[]byte) *Store {
	t.Helper()
	if len(keys) == 0 {
		keys = [][]byte{key}
	}
	store, err := New(s, Options{Keys: keys})
	must(t, err)
	return store
}

func requestWith(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

// get reads the session, which must be new or not.
func get(t *testing.T, s *Store, r *http.Request, isNew bool) *sessions.Session {
	t.Helper()
	session, err := s.Get(r, "session")
	if err != nil || session == nil || session.IsNew != isNew || isNew && session.ID != "" {
		t.Fatalf("Get: got %+v, %v, want a new session: %v", session, err, isNew)
	}
	return session
}

// save returns the one cookie that is set.
func save(t *testing.T, session *sessions.Session, r *http.Request) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	must(t, session.Save(r, w))
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("Save: got %d cookies, want 1", len(cookies))
	}
	return cookies[0]
}

// begin saves a new session with the name.
func begin(t *testing.T, s *Store, name string) *http.Cookie {
	t.Helper()
	r := requestWith()
	session := get(t, s, r, true)
	session.Values["name"] = name
	return save(t, session, r)
}

func wantName(t *testing.T, s *Store, cookie *http.Cookie, name string) {
	t.Helper()
	if got := get(t, s, requestWith(cookie), false).Values["name"]; got != name {
		t.Errorf("got the name %q, want %q", got, name)
	}
}

func wantNew(t *testing.T, s *Store, cookie *http.Cookie) {
	t.Helper()
	if session := get(t, s, requestWith(cookie), true); len(session.Values) > 0 {
		t.Errorf("a new session has the values %v", session.Values)
	}
}

func TestSaveGet(t *testing.T) {
	s := newStore(t, newMemory(t))
	cookie := begin(t, s, "ada")
	wantName(t, s, cookie, "ada")

	r := requestWith(cookie)
	session := get(t, s, r, false)
	if again := get(t, s, r, false); again != session {
		t.Error("Get read the session twice in one request")
	}
	session.Values[1] = []string{"any", "key"}
	session.AddFlash("hello")
	cookie = save(t, session, r)
	session = get(t, s, requestWith(cookie), false)
	if flashes := session.Flashes(); len(flashes) != 1 || flashes[0] != "hello" || session.Values["name"] != "ada" {
		t.Errorf("got %v and the flashes %v", session.Values, flashes)
	}
}

func TestMaxAge(t *testing.T) {
	for _, test := range []struct {
		name         string
		maxAge       int
		option, want time.Duration
	}{
		{"seconds", 60, 0, time.Minute},
		{"with the browser", 0, 0, DefaultTTL},
		{"with the browser, option", 0, time.Hour, time.Hour},
		{"at most 400 days", 1 << 60, 0, sessionstore.MaxTTL},
		{"longer than securecookie's own limit", 90 * 24 * 60 * 60, 0, 90 * 24 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := New(newMemory(t), Options{Keys: [][]byte{key}, DefaultTTL: test.option})
				must(t, err)
				s.Options.MaxAge = test.maxAge
				cookie := begin(t, s, "ada")
				time.Sleep(test.want - 1)
				wantName(t, s, cookie, "ada")
				time.Sleep(time.Nanosecond)
				wantNew(t, s, cookie)
			})
		})
	}
}

func TestMaxAgeBelowZeroEnds(t *testing.T) {
	s := newStore(t, newMemory(t))
	cookie, other := begin(t, s, "ada"), begin(t, s, "grace")
	r := requestWith(cookie)
	session := get(t, s, r, false)
	session.Options.MaxAge = -1
	if gone := save(t, session, r); gone.MaxAge >= 0 || gone.Value != "" || gone.Path != "/" || !gone.Secure {
		t.Errorf("got the cookie %v, want an expired one", gone)
	}
	wantNew(t, s, cookie)
	wantName(t, s, other, "grace")

	if fresh := save(t, get(t, s, requestWith(), true), r); fresh.MaxAge <= 0 {
		t.Errorf("the next session has the cookie %v: options are shared", fresh)
	}
	session.Options.MaxAge = 60 // the request begins another session
	wantName(t, s, save(t, session, r), "ada")
	wantNew(t, s, cookie)

	visitor := get(t, s, requestWith(), true) // who signs out without a session
	visitor.Options.MaxAge = -1
	if gone := save(t, visitor, r); gone.MaxAge >= 0 {
		t.Errorf("got the cookie %v, want an expired one", gone)
	}
}

// A user who signs out and closes the browser is signed out.
func TestLogoutOutlastsItsClient(t *testing.T) {
	s := newStore(t, newMemory(t))
	cookie := begin(t, s, "ada")
	r := requestWith(cookie)
	session := get(t, s, r, false)
	session.Options.MaxAge = -1
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	save(t, session, r.WithContext(gone))
	wantNew(t, s, cookie)
}

func TestLogoutWins(t *testing.T) {
	refused := 0
	s, err := New(newMemory(t), Options{Keys: [][]byte{key}, OnRefused: func() { refused++ }})
	must(t, err)
	cookie := begin(t, s, "ada")
	slow := requestWith(cookie)
	session := get(t, s, slow, false)

	logout := requestWith(cookie)
	ending := get(t, s, logout, false)
	ending.Options.MaxAge = -1
	save(t, ending, logout)

	w := httptest.NewRecorder()
	if err := session.Save(slow, w); err != nil || len(w.Result().Cookies()) > 0 {
		t.Errorf("the slow Save: got %v and %v, want neither an error nor a cookie", err, w.Result().Cookies())
	}
	wantNew(t, s, cookie)
	if refused != 1 {
		t.Errorf("OnRefused was called %d times, want once", refused)
	}
}

func TestRenew(t *testing.T) {
	s := newStore(t, newMemory(t))
	before := begin(t, s, "a visitor")
	r := requestWith(before)
	session := get(t, s, r, false)
	session.Values["name"] = "ada"
	must(t, s.Renew(r, session))
	wantNew(t, s, before)
	wantName(t, s, save(t, session, r), "ada")
	wantNew(t, s, before)
	must(t, s.Renew(requestWith(), get(t, s, requestWith(), true)))
}
