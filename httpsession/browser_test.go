package httpsession_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/httpsession"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/memory"
)

func TestMain(m *testing.M) { testserver.Main(m) }

// visitor is what the application of these tests keeps.
type visitor struct {
	User   string
	Visits int
}

// maxWait is enough for a crowd on a slow machine.
const maxWait = 30 * time.Second

type (
	manager = httpsession.Manager[visitor]
	options = httpsession.Options[visitor]
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newMemory(t *testing.T) sessionstore.Store {
	s, err := memory.New(memory.Options{SweepInterval: -1})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func newManager(t *testing.T, s sessionstore.Store, opts options) *manager {
	t.Helper()
	m, err := httpsession.New(s, opts)
	must(t, err)
	return m
}

func userOf(v visitor) string { return v.User }

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// browser keeps the cookie as a browser does.
type browser struct {
	t      testing.TB
	m      *manager
	cookie string // its value
}

func newBrowser(t testing.TB, m *manager) *browser { return &browser{t: t, m: m} }

// visit lets handler answer a request behind Load, and keeps its cookie.
func (b *browser) visit(handler http.HandlerFunc) *http.Response {
	b.t.Helper()
	answer := b.request(b.m.Load(handler))
	for _, c := range answer.Cookies() {
		if b.cookie = c.Value; c.MaxAge < 0 {
			b.cookie = ""
		}
	}
	return answer
}

func (b *browser) request(handler http.Handler) *http.Response {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, "/", nil)
	if b.cookie != "" {
		r.Header.Set("Cookie", "__Host-session="+b.cookie)
	}
	handler.ServeHTTP(w, r)
	return w.Result()
}

func (b *browser) start(user string) (err error) {
	b.t.Helper()
	b.visit(func(w http.ResponseWriter, r *http.Request) { err = b.m.Start(w, r, visitor{User: user}) })
	return err
}

func (b *browser) renew() (err error) {
	b.t.Helper()
	b.visit(func(w http.ResponseWriter, r *http.Request) { err = b.m.Renew(w, r) })
	return err
}

func (b *browser) end() (err error) {
	b.t.Helper()
	b.visit(func(w http.ResponseWriter, r *http.Request) { err = b.m.End(w, r) })
	return err
}

// count counts a visit.
func (b *browser) count() (err error) {
	b.t.Helper()
	b.visit(func(_ http.ResponseWriter, r *http.Request) { err = b.m.Update(r, countVisit) })
	return err
}

func countVisit(v *visitor) error {
	v.Visits++
	return nil
}

// value returns what the browser's session holds; zero where it has none.
func (b *browser) value() (value visitor, ok bool) {
	b.t.Helper()
	called := false
	answer := b.visit(func(_ http.ResponseWriter, r *http.Request) {
		called = true
		value, ok = b.m.Value(r)
	})
	if !called {
		b.t.Errorf("got status %d, want the handler to run", answer.StatusCode)
	}
	return value, ok
}

func (b *browser) wantUser(want string) {
	b.t.Helper()
	switch value, ok := b.value(); {
	case !ok:
		b.t.Errorf("got no session, want one of %q", want)
	case value.User != want:
		b.t.Errorf("got a session of %q, want one of %q", value.User, want)
	}
}

func (b *browser) wantNone() {
	b.t.Helper()
	if value, ok := b.value(); ok {
		b.t.Errorf("got a session of %q, want none", value.User)
	}
}

// with returns another browser that has this one's cookie.
func (b *browser) with(cookie string) *browser { return &browser{t: b.t, m: b.m, cookie: cookie} }

func wantNoSession(t testing.TB, what string, err error) {
	t.Helper()
	if !errors.Is(err, httpsession.ErrNoSession) {
		t.Errorf("%s: got error %v, want ErrNoSession", what, err)
	}
}
