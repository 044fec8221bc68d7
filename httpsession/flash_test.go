package httpsession_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

func (b *browser) flash(message string) {
	b.t.Helper()
	b.visit(func(w http.ResponseWriter, r *http.Request) { must(b.t, b.m.Flash(w, r, message)) })
}

func (b *browser) flashes() (messages []string) {
	b.t.Helper()
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		var err error
		messages, err = b.m.Flashes(r)
		must(b.t, err)
	})
	return messages
}

func (b *browser) wantFlashes(want ...string) {
	b.t.Helper()
	if got := b.flashes(); !slices.Equal(got, want) {
		b.t.Errorf("got messages %q, want %q", got, want)
	}
}

func TestFlash(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, s, _ sessionstore.Store) {
		b := newBrowser(t, newManager(t, s, options{Owner: userOf}))
		b.flash("of a visitor")
		if b.cookie == "" {
			t.Fatal("no session began for a visitor's message")
		}
		b.wantUser("")
		b.wantFlashes("of a visitor")
		b.wantFlashes()
		must(t, b.start("ada"))
		b.flash("first")
		b.flash("second")
		must(t, b.count())
		must(t, b.renew())
		b.wantFlashes("first", "second")
		b.wantFlashes()
		b.wantUser("ada")
	})
}

// TestFlashAfterEnd: "you are signed out" is a message for a visitor.
func TestFlashAfterEnd(t *testing.T) {
	m := newManager(t, newMemory(t), options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	before := b.cookie
	answer := b.visit(func(w http.ResponseWriter, r *http.Request) {
		must(t, m.End(w, r))
		must(t, m.Flash(w, r, "bye"))
		must(t, m.Flash(w, r, "come back"))
	})
	if got := cookieOf(t, answer).Value; got == "" || got == before {
		t.Error("want a new cookie, and that alone")
	}
	b.wantUser("")
	b.wantFlashes("bye", "come back")
	b.with(before).wantNone()
}

// TestFlashOfALateRequest: a request with an old cookie, whose session another
// has renewed, must neither end the renewed one nor take its cookie's place.
func TestFlashOfALateRequest(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, s, _ sessionstore.Store) {
		for name, acts := range map[string]struct {
			before, within func(b *browser) error
			lives          bool
		}{
			"renewed before":          {before: (*browser).renew, lives: true},
			"renewed within":          {within: (*browser).renew, lives: true},
			"signed in again before":  {before: signInAgain, lives: true},
			"signed in again within":  {within: signInAgain, lives: true},
			"ended within":            {within: (*browser).end},
			"ended, signed in within": {within: func(b *browser) error { return errors.Join(b.end(), signInAgain(b)) }, lives: true},
		} {
			m := newManager(t, s, options{Owner: userOf})
			b := newBrowser(t, m)
			must(t, b.start("ada"))
			late := b.with(b.cookie)
			if acts.before != nil {
				must(t, acts.before(b))
			}
			answer := late.visit(func(w http.ResponseWriter, r *http.Request) {
				if acts.within != nil {
					must(t, acts.within(b))
				}
				wantNoSession(t, "Flash, "+name, m.Flash(w, r, "late"))
				wantNoSession(t, "Flash again, "+name, m.Flash(w, r, "late"))
			})
			if len(answer.Header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s: the cookie was touched, which the other response has set", name)
			}
			if _, ok := b.value(); ok != acts.lives {
				t.Errorf("%s: the session lives: got %v, want %v", name, ok, acts.lives)
			}
		}
	})
}

// TestFlashAfterALostUpdate: what tells a request that its session is gone need
// not be Flash.
func TestFlashAfterALostUpdate(t *testing.T) {
	m := newManager(t, newMemory(t), options{Owner: userOf})
	for name, lost := range map[string]func(w http.ResponseWriter, r *http.Request) error{
		"Update": func(_ http.ResponseWriter, r *http.Request) error { return m.Update(r, countVisit) },
		"Renew":  m.Renew,
	} {
		b := newBrowser(t, m)
		must(t, b.start("ada"))
		late := b.with(b.cookie)
		answer := late.visit(func(w http.ResponseWriter, r *http.Request) {
			must(t, b.end())
			must(t, b.start("ada")) // in another tab
			wantNoSession(t, name, lost(w, r))
			wantNoSession(t, "Flash after a lost "+name, m.Flash(w, r, "try again"))
		})
		if len(answer.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: the cookie was touched, which the sign-in has set", name)
		}
	}
}

// TestFlashAfterEndingOnesOwn: the request itself has ended its session, so that
// its browser is a visitor.
func TestFlashAfterEndingOnesOwn(t *testing.T) {
	m := newManager(t, newMemory(t), options{Owner: userOf})
	b := signedIn(t, m, "ada")
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		current, _ := m.Current(r)
		must(t, m.EndSession(r, current.Handle))
		must(t, m.Flash(w, r, "bye"))
	})
	b.wantUser("")
	b.wantFlashes("bye")
}

func signInAgain(b *browser) error { return b.start("ada") }

// TestFlashOfAnExpiredCookie: its browser is a visitor.
func TestFlashOfAnExpiredCookie(t *testing.T) {
	c := newClock()
	b := newBrowser(t, newManager(t, newMemory(t), options{Now: c.Now}))
	must(t, b.start("ada"))
	c.advance(time.Hour)
	b.flash("hello")
	b.wantUser("")
	b.wantFlashes("hello")
}

func TestFlashesAreFew(t *testing.T) {
	b := newBrowser(t, newManager(t, newMemory(t), options{}))
	leave := func(n int) (want []string) {
		for i := range n {
			b.flash(fmt.Sprint(i))
			want = append(want, fmt.Sprint(i))
		}
		return want
	}
	for _, n := range []int{19, 20} {
		b.wantFlashes(leave(n)...)
	}
	b.wantFlashes(leave(21)[1:]...)
}

// TestFlashesComeOnce: of many requests one gets the message.
func TestFlashesComeOnce(t *testing.T) {
	b := newBrowser(t, newManager(t, newMemory(t), options{Timeout: maxWait}))
	b.flash("once")
	var wg sync.WaitGroup
	var n atomic.Int64
	handler := b.m.Load(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		messages, err := b.m.Flashes(r)
		if n.Add(int64(len(messages))); err != nil {
			t.Error(err)
		}
	}))
	for range 10 {
		wg.Go(func() { b.with(b.cookie).request(handler) })
	}
	wg.Wait()
	if n := n.Load(); n != 1 {
		t.Errorf("the message came %d times, want once", n)
	}
}
