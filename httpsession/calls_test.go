package httpsession_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// calls is everything that a handler can ask for in a request of ada's. other is
// another session of hers.
func calls(m *manager, other string) map[string]func(w http.ResponseWriter, r *http.Request) error {
	return map[string]func(w http.ResponseWriter, r *http.Request) error{
		"Start":          func(w http.ResponseWriter, r *http.Request) error { return m.Start(w, r, visitor{User: "ada"}) },
		"Start, other":   func(w http.ResponseWriter, r *http.Request) error { return m.Start(w, r, visitor{User: "grace"}) },
		"Start, visitor": func(w http.ResponseWriter, r *http.Request) error { return m.Start(w, r, visitor{}) },
		"Renew":          m.Renew,
		"End":            m.End,
		"Update":         func(_ http.ResponseWriter, r *http.Request) error { return m.Update(r, countVisit) },
		"Flash":          func(w http.ResponseWriter, r *http.Request) error { return m.Flash(w, r, "hello") },
		"Flashes":        func(_ http.ResponseWriter, r *http.Request) error { _, err := m.Flashes(r); return err },
		"Sessions":       func(_ http.ResponseWriter, r *http.Request) error { _, err := m.Sessions(r); return err },
		"EndSession":     func(_ http.ResponseWriter, r *http.Request) error { return m.EndSession(r, other) },
		"EndSession, own": func(_ http.ResponseWriter, r *http.Request) error {
			c, _ := m.Current(r)
			return m.EndSession(r, c.Handle)
		},
		"EndOthers": func(_ http.ResponseWriter, r *http.Request) error { _, err := m.EndOthers(r); return err },
		"EndOwner": func(_ http.ResponseWriter, r *http.Request) error {
			_, err := m.EndOwner(r.Context(), "ada")
			return err
		},
	}
}

// ends says what a call that succeeds leaves of the browser's session.
var ends = map[string]bool{"End": true, "EndOwner": true, "EndSession, own": true}

// pair returns two browsers of ada's, with a message for the first, and the
// handle of the second.
func pair(t *testing.T, m *manager) (b, other *browser, handle string) {
	b, other = signedIn(t, m, "ada"), signedIn(t, m, "ada")
	b.flash("hello")
	other.visit(func(_ http.ResponseWriter, r *http.Request) {
		current, _ := m.Current(r)
		handle = current.Handle
	})
	return b, other, handle
}

// TestCallsFailWithTheStore lets the store fail from each operation of each call
// on, and at that one alone. A call that fails says so and sets no cookie, and
// the browser signs in and out as ever once the store works again.
func TestCallsFailWithTheStore(t *testing.T) {
	down := errors.New("connection refused")
	for name := range calls(nil, "") {
		for _, once := range []bool{false, true} {
			for step := 1; ; step++ {
				backend := newMemory(t)
				at := 0 // counts down to the operation that fails
				m := newManager(t, &faulty{Store: backend, fail: func(string) error {
					if at--; at == 0 || at < 0 && at > -1000 && !once {
						return down
					}
					return nil
				}}, options{Owner: userOf})
				at = -1000
				b, other, handle := pair(t, m)
				before := b.cookie
				var err error
				var reached bool
				answer := b.visit(func(w http.ResponseWriter, r *http.Request) {
					at = step
					err = calls(m, handle)[name](w, r)
					reached = at <= 0
					at = -1000
				})
				set := len(answer.Header.Values("Set-Cookie")) > 0
				switch {
				case err != nil && (!errors.Is(err, down) || !strings.HasPrefix(err.Error(), "httpsession: ")):
					t.Errorf("%s, step %d: got error %v, want what the store said, and the package's name", name, step, err)
				case err != nil && set:
					t.Errorf("%s, step %d: the cookie was touched by a call that failed", name, step)
				case step == 1 && !once && err == nil && reached:
					t.Errorf("%s: got no error from a store that is down", name)
				}
				if step == 1 && err != nil {
					b.wantUser("ada") // nothing has happened
					other.wantUser("ada")
				}
				if _, ok := b.value(); ok == ends[name] && err == nil {
					t.Errorf("%s, step %d: succeeded, and the browser has a session: %v", name, step, ok)
				}
				must(t, b.end())
				b.with(before).wantNone()
				must(t, b.start("ada"))
				b.wantUser("ada")
				if !reached {
					break
				}
			}
		}
	}
}

// TestCallsAreBounded: a store that hangs, altogether or when it deletes, is
// waited for as long as Timeout, by the whole of a call.
func TestCallsAreBounded(t *testing.T) {
	for name := range calls(nil, "") {
		for _, op := range []string{"", "Delete", "Get", "Create", "CompareAndSwap"} {
			synctest.Test(t, func(t *testing.T) {
				hangs := false
				s := &faulty{Store: newMemory(t), hangs: func(now string) bool { return hangs && (op == "" || op == now) }}
				m := newManager(t, s, options{Owner: userOf})
				b, _, handle := pair(t, m)
				b.visit(func(w http.ResponseWriter, r *http.Request) {
					if name == "EndOwner" { // whose context is the caller's
						return
					}
					hangs = true
					began := time.Now()
					err := calls(m, handle)[name](w, r)
					hangs = false
					if took := time.Since(began); took > 2*time.Second || op == "" && (took < 2*time.Second || err == nil) {
						t.Errorf("%s, where %q hangs: got error %v after %v, want one after 2s", name, op, err, took)
					}
				})
			})
		}
	}
}

// TestVisitorsFlashIsBounded: one that has a cookie and no session asks for more.
func TestVisitorsFlashIsBounded(t *testing.T) {
	for _, op := range []string{"Get", "Create", "Delete"} {
		synctest.Test(t, func(t *testing.T) {
			hangs := false
			s := &faulty{Store: newMemory(t), hangs: func(now string) bool { return hangs && op == now }}
			m := newManager(t, s, options{Owner: userOf})
			b := newBrowser(t, m).with(sessionstore.NewID())
			b.visit(func(w http.ResponseWriter, r *http.Request) {
				hangs = true
				began := time.Now()
				err := m.Flash(w, r, "hello")
				hangs = false
				if took := time.Since(began); took > 2*time.Second || err == nil {
					t.Errorf("where %s hangs: got error %v after %v, want one after 2s at most", op, err, took)
				}
			})
		})
	}
}

// TestSlowStoreIsBounded: a store that hangs is waited for as long as Timeout.
func TestSlowStoreIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for given, want := range map[time.Duration]time.Duration{0: 2 * time.Second, time.Second: time.Second} {
			hangs := false
			s := &faulty{Store: newMemory(t), hangs: func(string) bool { return hangs }}
			m := newManager(t, s, options{Timeout: given})
			b := newBrowser(t, m)
			must(t, b.start("ada"))
			hangs = true
			began := time.Now()
			if got := b.request(m.Load(http.NotFoundHandler())).StatusCode; got != http.StatusServiceUnavailable {
				t.Errorf("got status %d, want 503", got)
			}
			if got := time.Since(began); got != want {
				t.Errorf("Load with Timeout %v: waited for %v, want %v", given, got, want)
			}
		}
	})
}

// TestManySessionsOnASlowStore: all of them can be ended in a few calls, and at
// the limit one can sign in.
func TestManySessionsOnASlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pause time.Duration
		backend := newMemory(t)
		m := newManager(t, &faulty{Store: backend, pause: func() time.Duration { return pause }}, options{Owner: userOf})
		var b *browser
		for range 100 {
			b = signedIn(t, m, "ada")
			time.Sleep(time.Second)
		}
		pause = 25 * time.Millisecond
		must(t, newBrowser(t, m).start("ada"))
		calls := 0
		for err := error(errors.New("not yet")); err != nil; calls++ {
			b.visit(func(_ http.ResponseWriter, r *http.Request) { _, err = m.EndOthers(r) })
			if calls > 5 {
				t.Fatalf("EndOthers: got error %v after %d calls", err, calls)
			}
		}
		stored := 0
		for range sessionstore.All(t.Context(), backend) {
			stored++
		}
		if stored != 1 {
			t.Errorf("%d sessions are stored after EndOthers, want 1", stored)
		}
		b.wantUser("ada")
	})
}
