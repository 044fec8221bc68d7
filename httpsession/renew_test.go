package httpsession_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/coatcheck/sessionstore"
)

// atOnce lets browsers with one cookie act at the same time, and returns those
// of them that had no error.
func atOnce(b *browser, ms []*manager, acts ...func(b *browser) error) (done []*browser) {
	var wg sync.WaitGroup
	browsers, errs := make([]*browser, len(acts)), make([]error, len(acts))
	for i, act := range acts {
		browsers[i] = &browser{t: b.t, m: ms[i%len(ms)], cookie: b.cookie}
		wg.Go(func() { errs[i] = act(browsers[i]) })
	}
	wg.Wait()
	for i, err := range errs {
		if err == nil {
			done = append(done, browsers[i])
		} else {
			wantNoSession(b.t, fmt.Sprintf("act %d", i), err)
		}
	}
	return done
}

// TestRenewalsAtOnce: of several renewals with one cookie one succeeds, in two
// processes as in one, and a sign-out leaves none of them.
func TestRenewalsAtOnce(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, one, two sessionstore.Store) {
		for _, opts := range []options{{Timeout: maxWait}, {Timeout: maxWait, Owner: userOf}} {
			ms := []*manager{newManager(t, one, opts), newManager(t, two, opts)}
			for range 5 {
				b := newBrowser(t, ms[0])
				must(t, b.start("ada"))
				winners := atOnce(b, ms, (*browser).renew, (*browser).renew, (*browser).renew)
				if len(winners) != 1 {
					t.Fatalf("%d of 3 renewals succeeded, want 1", len(winners))
				}
				b.wantNone()
				winners[0].wantUser("ada")

				cookie := winners[0].cookie
				var last []*browser
				for _, c := range atOnce(winners[0], ms, (*browser).renew, (*browser).end, (*browser).renew) {
					if c.cookie != "" {
						last = append(last, c)
					}
				}
				b.with(cookie).wantNone()
				for _, c := range last {
					c.wantNone()
				}
			}
		}
	})
}

// TestSignOutFollowsRenewals: a browser that has not seen the last renewals
// signs out with an old cookie.
func TestSignOutFollowsRenewals(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, s, _ sessionstore.Store) {
		b := newBrowser(t, newManager(t, s, options{}))
		for name, leave := range map[string]func(c *browser) error{
			"End":   (*browser).end,
			"Start": func(c *browser) error { return c.start("grace") },
		} {
			must(t, b.start("ada"))
			old := b.with(b.cookie)
			for range 3 {
				must(t, b.renew())
			}
			must(t, leave(old))
			if _, ok := b.value(); ok {
				t.Errorf("%s with the first of four cookies: the session lives", name)
			}
		}
	})
}

// TestRenewalThatComesTooLate: its request has no session any more.
func TestRenewalThatComesTooLate(t *testing.T) {
	m := newManager(t, newMemory(t), options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	late := b.with(b.cookie)
	answer := late.visit(func(w http.ResponseWriter, r *http.Request) {
		must(t, b.renew())
		wantNoSession(t, "Renew", m.Renew(w, r))
		if _, ok := m.Value(r); ok {
			t.Error("Value: got a session that has moved")
		}
	})
	if len(answer.Header.Values("Set-Cookie")) > 0 {
		t.Error("the cookie was touched, which the other response has set")
	}
	b.wantUser("ada")
}

// TestRenewalThatCannotBeConfirmed: the owner's list cannot be read after the
// session has moved. It has ended then, and the handler learns that it may have.
func TestRenewalThatCannotBeConfirmed(t *testing.T) {
	down := errors.New("connection refused")
	moved := false
	s := &faulty{Store: newMemory(t), fail: func(op string) error {
		if op == "Get" && moved {
			moved = false
			return down
		}
		moved = op == "RotateSwap"
		return nil
	}}
	m := newManager(t, s, options{Owner: userOf})
	moved = false // New has asked for it
	b := signedIn(t, m, "ada")
	answer := b.visit(func(w http.ResponseWriter, r *http.Request) {
		if err := m.Renew(w, r); !errors.Is(err, sessionstore.ErrUnknownOutcome) || !errors.Is(err, down) {
			t.Errorf("got error %v, want ErrUnknownOutcome and its cause", err)
		}
	})
	if len(answer.Header.Values("Set-Cookie")) > 0 {
		t.Error("the cookie was touched by a renewal that failed")
	}
	b.wantNone()
	b = signedIn(t, m, "ada")
	b.wantListed(1)
}

// TestTooManyRenewals: what a renewal leaves behind is bounded.
func TestTooManyRenewals(t *testing.T) {
	s := &faulty{Store: newMemory(t)}
	m := newManager(t, s, options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	s.fail = func(op string) error {
		if op == "RotateSwap" {
			return sessionstore.ErrFull
		}
		return nil
	}
	for range 63 {
		if err := b.renew(); err == nil {
			t.Fatal("a renewal succeeded on a store that is full")
		}
	}
	full := s.fail
	s.fail = nil
	cookie := b.cookie
	must(t, b.renew()) // the 64th
	b.wantUser("ada")
	must(t, b.with(cookie).end())
	b.wantNone()

	must(t, b.start("ada"))
	s.fail = full
	for range 64 {
		if err := b.renew(); err == nil {
			t.Fatal("a renewal succeeded on a store that is full")
		}
	}
	s.fail = nil
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		if err := m.Renew(w, r); err == nil {
			t.Error("the 65th renewal within a minute: got no error")
		}
	})
	b.wantUser("ada")
	must(t, b.end())
	b.wantNone()
}
