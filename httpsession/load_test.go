package httpsession_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// counted tells what a manager asks of its store.
func counted(s sessionstore.Store, ops *[]string) sessionstore.Store {
	return sessionstore.Observe(s, func(_ context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		*ops = append(*ops, op.Namespace+op.Name)
		return nil, nil
	})
}

func TestLoadCosts(t *testing.T) {
	var ops []string
	c := newClock()
	m := newManager(t, counted(newMemory(t), &ops), options{Idle: 20 * time.Minute, Absolute: time.Hour, Now: c.Now})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	for _, step := range []struct {
		what    string
		later   time.Duration
		request func()
		want    string
	}{
		{"at once", 0, func() { b.wantUser("ada") }, "Get"},
		{"just before a twentieth of the idle limit", time.Minute - time.Millisecond, func() { b.wantUser("ada") }, "Get"},
		{"at a twentieth", time.Millisecond, func() { b.wantUser("ada") }, "Get CompareAndSwap"},
		{"again", 0, func() { b.wantUser("ada") }, "Get"},
		{"an update", 0, func() { must(t, b.count()) }, "Get CompareAndSwap"},
		{"without a cookie", 0, func() { b.with("").wantNone() }, ""},
		{"behind two Loads and Require", 0, func() { b.request(m.Load(m.Load(m.Require(http.NotFoundHandler())))) }, "Get"},
		{"a renewal", 0, func() { must(t, b.renew()) }, "Get ~successorsCreate RotateSwap"},
		{"no messages", 0, func() {
			b.visit(func(_ http.ResponseWriter, r *http.Request) {
				if got, err := m.Flashes(r); len(got) > 0 || err != nil {
					t.Errorf("Flashes: got %q, %v, want none", got, err)
				}
			})
		}, "Get"},
		{"a sign-out", 0, func() { must(t, b.end()) }, "Get Delete ~successorsGet"},
	} {
		c.advance(step.later)
		ops = nil
		step.request()
		if got := strings.Join(ops, " "); got != step.want {
			t.Errorf("%s: got operations %q, want %q", step.what, got, step.want)
		}
	}
}

// swapFailing is a store that reads, and has no room to write.
func swapFailing(s sessionstore.Store, err error) *faulty {
	return &faulty{Store: s, fail: func(op string) error {
		if op == "CompareAndSwap" {
			return err
		}
		return nil
	}}
}

// TestLoadServesFromAFullStore: a use that cannot be noted sends nobody away.
func TestLoadServesFromAFullStore(t *testing.T) {
	c := newClock()
	var reported []error
	m := newManager(t, swapFailing(newMemory(t), sessionstore.ErrFull), options{
		Now:     c.Now,
		OnError: func(_ *http.Request, err error) { reported = append(reported, err) },
	})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	c.advance(29 * time.Minute)
	b.wantUser("ada")
	if len(reported) != 1 || !errors.Is(reported[0], sessionstore.ErrFull) {
		t.Errorf("OnError: got %v, want ErrFull once", reported)
	}
}

// TestLoadSeesALogout that comes between its read and its note.
func TestLoadSeesALogout(t *testing.T) {
	c := newClock()
	backend := newMemory(t)
	direct := newManager(t, backend, options{Now: c.Now})
	b := newBrowser(t, direct)
	must(t, b.start("ada"))
	cookie := b.cookie
	s := swapFailing(backend, nil)
	m := newManager(t, s, options{Now: c.Now})
	s.fail = func(op string) error {
		if op == "CompareAndSwap" {
			must(t, b.end())
		}
		return nil
	}
	c.advance(10 * time.Minute)
	(&browser{t: t, m: m, cookie: cookie}).wantNone()
}

func TestLoadFindsWhatCannotBeRead(t *testing.T) {
	for name, data := range map[string]string{
		"no JSON":           "secret",
		"of another shape":  `{"cookie":"session","ends":"2999-01-01T00:00:00Z","seen":"2999-01-01T00:00:00Z","value":{"User":{"secret":1}}}`,
		"a bad time":        `{"ends":"secret"}`,
		"somebody else's":   `{"secret":1}`,
		"a number too long": `{"ends":"2999-01-01T00:00:00Z","value":{"Visits":1e999}}`,
		"empty":             "",
	} {
		t.Run(name, func(t *testing.T) {
			s := newMemory(t)
			var reported []error
			m := newManager(t, s, options{OnError: func(_ *http.Request, err error) { reported = append(reported, err) }})
			b := newBrowser(t, m)
			must(t, b.start("ada"))
			unreadable := b.cookie
			must(t, sessionstore.HashIDs(s).Set(t.Context(), unreadable, []byte(data), time.Hour))
			b.wantNone()
			if len(reported) != 1 || !errors.Is(reported[0], sessionstore.ErrCorrupt) {
				t.Fatalf("OnError: got %v, want ErrCorrupt once", reported)
			}
			for _, secret := range []string{"secret", "999", unreadable} {
				if strings.Contains(reported[0].Error(), secret) {
					t.Errorf("OnError: got %q, which quotes what is stored", reported[0])
				}
			}
			must(t, b.start("grace"))
			b.wantUser("grace")
		})
	}
}

// TestStoreDown: never an anonymous page, never a cookie that is cleared.
func TestStoreDown(t *testing.T) {
	down := errors.New("connection refused")
	var broken error
	s := &faulty{Store: newMemory(t), fail: func(string) error { return broken }}
	var reported []error
	m := newManager(t, s, options{OnError: func(_ *http.Request, err error) { reported = append(reported, err) }})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	cookie := b.cookie
	broken = down
	answer := b.request(m.Load(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") })))
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("got status %d, Retry-After %q, want 503 with one", answer.StatusCode, answer.Header.Get("Retry-After"))
	}
	if len(answer.Header.Values("Set-Cookie")) > 0 {
		t.Error("the cookie was touched")
	}
	if len(reported) != 1 || !errors.Is(reported[0], down) {
		t.Errorf("OnError: got %v, want what the store said", reported)
	}
	if got := b.with("").request(m.Load(http.NotFoundHandler())).StatusCode; got != http.StatusNotFound {
		t.Errorf("without a cookie: got status %d, want the handler's 404", got)
	}
	broken = nil
	if b.wantUser("ada"); b.cookie != cookie {
		t.Error("the cookie changed")
	}
}

// TestClientGoesAway: who signs out and closes the window is signed out.
func TestClientGoesAway(t *testing.T) {
	m := newManager(t, newMemory(t), options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	before := b.cookie
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		must(t, m.End(w, r.WithContext(ctx)))
	})
	b.with(before).wantNone()
}

func TestWithoutLoad(t *testing.T) {
	var reported []error
	m := newManager(t, newMemory(t), options{OnError: func(_ *http.Request, err error) { reported = append(reported, err) }})
	b := newBrowser(t, m)
	b.request(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, flashesErr := m.Flashes(r)
		for name, err := range map[string]error{
			"Start": m.Start(w, r, visitor{}), "Renew": m.Renew(w, r), "End": m.End(w, r),
			"Update": m.Update(r, countVisit), "Flash": m.Flash(w, r, "hello"), "Flashes": flashesErr,
		} {
			if err == nil || !strings.Contains(err.Error(), "Manager.Load") {
				t.Errorf("%s: got error %v, want the remedy", name, err)
			}
		}
		if _, ok := m.Value(r); ok || len(reported) != 1 {
			t.Errorf("Value: got %v and %d reports, want none and one", ok, len(reported))
		}
	}))
}
