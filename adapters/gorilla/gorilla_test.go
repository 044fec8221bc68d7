package gorilla

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/securecookie"
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

func TestCookie(t *testing.T) {
	backend := newMemory(t)
	s := newStore(t, backend)
	cookie := begin(t, s, "ada lovelace")
	if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" ||
		cookie.MaxAge != 30*24*60*60 || cookie.Domain != "" {
		t.Errorf("got the cookie %v", cookie)
	}
	var id string
	must(t, securecookie.DecodeMulti("session", cookie.Value, &id, s.Codecs...))
	if len(id) != len(sessionstore.NewID()) || !sessionstore.ValidID(id) {
		t.Errorf("the cookie holds %q, want an id alone", id)
	}
	for listed := range backend.All(t.Context()) {
		if listed.ID == id {
			t.Error("the store has the id itself")
		}
	}
}

func TestForgedCookieIsAVisitor(t *testing.T) {
	backend := newMemory(t)
	s := newStore(t, backend)
	good := begin(t, s, "ada")
	sign := func(id any) string {
		value, err := s.Codecs[0].Encode("session", id)
		must(t, err)
		return value
	}
	for what, value := range map[string]string{
		"empty":        "",
		"an id":        sessionstore.NewID(),
		"cut short":    good.Value[:len(good.Value)-2],
		"10 kB":        strings.Repeat("A", 10_000),
		"another key":  begin(t, newStore(t, backend, otherKey), "eve").Value,
		"unknown id":   sign(sessionstore.NewID()),
		"no id":        sign(""),
		"another type": sign(42),
		"a handle":     sign("#" + sessionstore.NewID()),
		"a strange id": sign("a b/c"),
	} {
		t.Run(what, func(t *testing.T) { wantNew(t, s, &http.Cookie{Name: "session", Value: value}) })
	}
	wantName(t, s, good, "ada")
}

// A cookie is signed for its name: that of one session opens no other.
func TestNamesDoNotMeet(t *testing.T) {
	s := newStore(t, newMemory(t))
	cookie := begin(t, s, "ada")
	cookie.Name = "admin"
	session, err := s.Get(requestWith(cookie), "admin")
	if err != nil || !session.IsNew {
		t.Errorf("got %+v, %v, want a new session", session, err)
	}
}

func TestIDsAreNeverAdopted(t *testing.T) {
	s := newStore(t, newMemory(t))
	value, err := s.Codecs[0].Encode("session", "chosen")
	must(t, err)
	r := requestWith(&http.Cookie{Name: "session", Value: value})
	session := get(t, s, r, true)
	save(t, session, r)
	if session.ID == "chosen" || !sessionstore.ValidID(session.ID) {
		t.Errorf("got the id %q, want a new one", session.ID)
	}
}

// The application may choose ids of any form.
func TestOwnIDs(t *testing.T) {
	s := newStore(t, newMemory(t))
	r := requestWith()
	session := get(t, s, r, true)
	session.ID, session.Values["name"] = "ada@example.org/1", "ada"
	wantName(t, s, save(t, session, r), "ada")
}

func TestKeyRotation(t *testing.T) {
	backend := newMemory(t)
	old := begin(t, newStore(t, backend, key), "ada")
	s := newStore(t, backend, otherKey, nil, key)
	wantName(t, s, old, "ada")
	r := requestWith(old)
	wantName(t, newStore(t, backend, otherKey), save(t, get(t, s, r, false), r), "ada")
	wantNew(t, newStore(t, backend, otherKey), old)
}

func TestBadKeys(t *testing.T) {
	for what, test := range map[string]struct {
		keys [][]byte
		want string
	}{
		"none":                {nil, "crypto/rand"},
		"empty":               {[][]byte{{}}, "pair 0: securecookie: hash key"},
		"wrong encryption":    {[][]byte{key, key[:7]}, "pair 0"},
		"wrong in the second": {[][]byte{key, nil, nil, key}, "pair 1"},
	} {
		s, err := New(newMemory(t), Options{Keys: test.keys})
		if s != nil || err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "Options.Keys") {
			t.Errorf("%s: got %v, %v, want an error with %q", what, s, err, test.want)
		}
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
				time.Sleep(1)
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

func TestLogoutWins(t *testing.T) {
	s := newStore(t, newMemory(t))
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

func TestUnreadableIsAVisitor(t *testing.T) {
	backend := newMemory(t)
	var told []error
	s, err := New(backend, Options{Keys: [][]byte{key}, OnError: func(err error) { told = append(told, err) }})
	must(t, err)
	cookie := begin(t, s, "ada")
	for listed := range backend.All(t.Context()) {
		must(t, sessionstore.Replace(t.Context(), backend, listed.ID, listed.Data[:len(listed.Data)-3], time.Hour))
	}
	wantNew(t, s, cookie)
	if len(told) != 1 || !errors.Is(told[0], sessionstore.ErrCorrupt) {
		t.Errorf("OnError: got %v, want ErrCorrupt once", told)
	}
}

// failing returns a Store whose operations fail while it is down.
func failing(t *testing.T) (s sessionstore.Store, down *atomic.Bool) {
	down = new(atomic.Bool)
	return sessionstore.Observe(newMemory(t), func(ctx context.Context, _ sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		ctx, cancel := context.WithCancel(ctx)
		if down.Load() {
			cancel()
		}
		return ctx, func(sessionstore.Outcome) { cancel() }
	}), down
}

// A program that goes on without its session must not give the browser another.
func TestOutage(t *testing.T) {
	backend, down := failing(t)
	s := newStore(t, backend)
	cookie := begin(t, s, "ada")
	down.Store(true)
	r := requestWith(cookie)
	session, err := s.Get(r, "session")
	if session == nil || !session.IsNew || err == nil {
		t.Fatalf("Get: got %+v, %v, want an empty session and an error", session, err)
	}
	down.Store(false)
	for _, maxAge := range []int{60, -1} {
		session.Options.MaxAge = maxAge
		w := httptest.NewRecorder()
		if saved := session.Save(r, w); !errors.Is(saved, err) || len(w.Result().Cookies()) > 0 {
			t.Errorf("Save: got %v and %v, want the error of Get and no cookie", saved, w.Result().Cookies())
		}
	}
	wantName(t, s, cookie, "ada")

	r = requestWith(cookie)
	session = get(t, s, r, false)
	down.Store(true)
	values := maps.Clone(session.Values)
	for _, maxAge := range []int{60, -1} {
		session.Options.MaxAge = maxAge
		w := httptest.NewRecorder()
		if err := session.Save(r, w); err == nil || len(w.Result().Cookies()) > 0 {
			t.Errorf("Save: got %v and %v, want an error and no cookie", err, w.Result().Cookies())
		}
	}
	if err := s.Renew(r, session); err == nil || session.ID == "" || !maps.Equal(session.Values, values) {
		t.Errorf("Renew: got %v and the session %+v, want it unchanged", err, session)
	}
	down.Store(false)
	wantName(t, s, cookie, "ada")
}

type unregistered struct{ Name string }

func TestUnregisteredType(t *testing.T) {
	s := newStore(t, newMemory(t))
	r := requestWith()
	session := get(t, s, r, true)
	session.Values["user"] = unregistered{"ada"}
	w := httptest.NewRecorder()
	err := session.Save(r, w)
	if err == nil || !strings.Contains(err.Error(), "gob") || strings.Contains(err.Error(), "ada") || len(w.Result().Cookies()) > 0 {
		t.Errorf("got %v and %v, want an error that names gob, without the value, and no cookie", err, w.Result().Cookies())
	}
}
