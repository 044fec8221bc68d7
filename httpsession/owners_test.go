package httpsession_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/httpsession"
)

// sessions lists those of the browser's user.
func (b *browser) sessions() (listed []httpsession.Session[visitor]) {
	b.t.Helper()
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		var err error
		listed, err = b.m.Sessions(r)
		must(b.t, err)
	})
	return listed
}

func (b *browser) endSession(handle string) (err error) {
	b.t.Helper()
	b.visit(func(_ http.ResponseWriter, r *http.Request) { err = b.m.EndSession(r, handle) })
	return err
}

func (b *browser) wantListed(want int) []httpsession.Session[visitor] {
	b.t.Helper()
	listed := b.sessions()
	if len(listed) != want {
		b.t.Fatalf("got %d sessions listed, want %d", len(listed), want)
	}
	return listed
}

func signedIn(t *testing.T, m *manager, user string) *browser {
	t.Helper()
	b := newBrowser(t, m)
	must(t, b.start(user))
	return b
}

func TestSessionsOfAnOwner(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, one, two sessionstore.Store) {
		here, there := newManager(t, one, options{Owner: userOf}), newManager(t, two, options{Owner: userOf})
		laptop := signedIn(t, here, "ada")
		phone := signedIn(t, there, "ada")
		grace := signedIn(t, here, "grace")
		grace.wantListed(1)
		must(t, phone.count())
		must(t, phone.renew())

		listed := laptop.wantListed(2)
		current := 0
		for _, s := range listed {
			if url.PathEscape(s.Handle) != s.Handle || !sessionstore.ValidID(s.Handle) {
				t.Errorf("the handle %q does not fit a path", s.Handle)
			}
			if s.Value.User != "ada" || s.Created.IsZero() || s.Seen.Before(s.Created) || !s.Ends.After(s.IdleEnds) {
				t.Errorf("got %+v", s)
			}
			if s.Current {
				current++
				continue
			}
			if s.Value.Visits != 1 {
				t.Errorf("the phone's session: got %d visits, want 1", s.Value.Visits)
			}
			if err := grace.endSession(s.Handle); !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("somebody else's session: got error %v, want ErrNotFound", err)
			}
			phone.wantUser("ada")
			must(t, laptop.endSession(s.Handle))
		}
		if current != 1 {
			t.Errorf("%d sessions are the current one, want 1", current)
		}
		phone.wantNone()
		laptop.wantUser("ada")
		grace.wantUser("grace")
	})
}

func TestEndOthersAndOwner(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, one, two sessionstore.Store) {
		here, there := newManager(t, one, options{Owner: userOf}), newManager(t, two, options{Owner: userOf})
		ada := []*browser{signedIn(t, here, "ada"), signedIn(t, there, "ada"), signedIn(t, here, "ada")}
		grace := signedIn(t, here, "grace")
		ada[1].visit(func(_ http.ResponseWriter, r *http.Request) {
			if n, err := there.EndOthers(r); n != 2 || err != nil {
				t.Errorf("EndOthers: got %d, %v, want 2", n, err)
			}
		})
		ada[0].wantNone()
		ada[1].wantUser("ada")
		ada[2].wantNone()
		again := signedIn(t, here, "ada")
		if n, err := here.EndOwner(t.Context(), "ada"); n != 2 || err != nil {
			t.Errorf("EndOwner: got %d, %v, want 2", n, err)
		}
		again.wantNone()
		ada[1].wantNone()
		grace.wantUser("grace")
	})
}

func TestEndSessionOfOnesOwn(t *testing.T) {
	m := newManager(t, newMemory(t), options{Owner: userOf})
	b := signedIn(t, m, "ada")
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		current, _ := m.Current(r)
		must(t, m.EndSession(r, current.Handle))
		if _, ok := m.Value(r); ok {
			t.Error("Value: got the session that was just ended")
		}
	})
	b.wantNone()
}

func TestSignedOutSessionsAreNotListed(t *testing.T) {
	c := newClock()
	m := newManager(t, newMemory(t), options{Owner: userOf, Now: c.Now})
	first, second := signedIn(t, m, "ada"), signedIn(t, m, "ada")
	first.wantListed(2)
	must(t, second.end())
	first.wantListed(1)
	third := signedIn(t, m, "ada")
	c.advance(20 * time.Minute)
	first.wantListed(2)
	c.advance(10 * time.Minute) // the third has reached its idle limit
	first.wantListed(1)
	third.wantNone()
	must(t, first.start("grace"))
	first.wantListed(1)
	ada := signedIn(t, m, "ada")
	ada.wantListed(1)
}

func TestMaxSessions(t *testing.T) {
	m := newManager(t, newMemory(t), options{Owner: userOf, MaxSessions: 1})
	first := signedIn(t, m, "ada")
	must(t, first.start("ada"))
	first.wantUser("ada")
	second := signedIn(t, m, "ada")
	first.wantNone()
	second.wantUser("ada")
}

// TestSignInAgainEndsNoOther: a browser that is signed in and signs in again has
// one session, so that no other device has to go.
func TestSignInAgainEndsNoOther(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, s, _ sessionstore.Store) {
		m := newManager(t, s, options{Owner: userOf, MaxSessions: 3})
		laptop, phone, tablet := signedIn(t, m, "ada"), signedIn(t, m, "ada"), signedIn(t, m, "ada")
		for range 3 {
			must(t, tablet.start("ada"))
			must(t, phone.start("ada"))
			must(t, phone.renew())
		}
		laptop.wantUser("ada")
		laptop.wantListed(3)
		must(t, phone.start("grace"))
		must(t, phone.start("ada")) // grace's is not ada's, but there is room
		laptop.wantListed(3)
		signedIn(t, m, "ada") // a fourth
		laptop.wantNone()
		phone.wantListed(3)
	})
}

// TestEndedSessionsDoNotCount: neither against MaxSessions, where they would
// push out a session that lives, nor in what EndOthers says.
func TestEndedSessionsDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, newMemory(t), options{Owner: userOf, MaxSessions: 3})
		laptop, phone := signedIn(t, m, "ada"), newBrowser(t, m)
		others := func(want int) {
			t.Helper()
			phone.visit(func(_ http.ResponseWriter, r *http.Request) {
				if n, err := m.EndOthers(r); n != want || err != nil {
					t.Errorf("EndOthers: got %d, %v, want %d", n, err, want)
				}
			})
		}
		for range 4 {
			must(t, phone.start("ada"))
			must(t, phone.end())
		}
		for range 4 {
			must(t, phone.start("ada"))
		}
		laptop.wantUser("ada")
		others(1)
		others(0)
		signedIn(t, m, "ada")
		time.Sleep(20 * time.Minute)
		phone.wantUser("ada")
		time.Sleep(20 * time.Minute) // the other has reached its idle limit
		others(0)
	})
}

// TestUnreadableSessionIsListed: its owner can end it all the same.
func TestUnreadableSessionIsListed(t *testing.T) {
	s := newMemory(t)
	var reported error
	m := newManager(t, s, options{Owner: userOf, OnError: func(_ *http.Request, err error) { reported = err }})
	b, broken := signedIn(t, m, "ada"), signedIn(t, m, "ada")
	must(t, sessionstore.HashIDs(s).Set(t.Context(), broken.cookie, []byte("secret"), time.Hour))
	for _, listed := range b.wantListed(2) {
		if listed.Current {
			continue
		}
		if listed.Value != (visitor{}) || listed.Created.IsZero() || !errors.Is(reported, sessionstore.ErrCorrupt) {
			t.Errorf("got %+v and report %v", listed, reported)
		}
		must(t, b.endSession(listed.Handle))
	}
	b.wantListed(1)
}

// TestOwnersOfTwoManagers: the administrator 1 is not the customer 1, who must
// neither see that one's sessions nor end them.
func TestOwnersOfTwoManagers(t *testing.T) {
	s := newMemory(t)
	shop, admin := newManager(t, s, options{Owner: userOf}), newManager(t, s, options{Owner: userOf, Cookie: "admin"})
	customer := signedIn(t, shop, "1")
	newBrowser(t, admin).visit(func(w http.ResponseWriter, r *http.Request) {
		must(t, admin.Start(w, r, visitor{User: "1"}))
		handle := customer.wantListed(1)[0].Handle
		if err := admin.EndSession(r, handle); !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("EndSession of the other's: got error %v, want ErrNotFound", err)
		}
		customer.visit(func(_ http.ResponseWriter, r *http.Request) {
			if n, err := shop.EndOthers(r); n != 0 || err != nil {
				t.Errorf("EndOthers: got %d, %v, want 0", n, err)
			}
		})
		if n, err := shop.EndOwner(t.Context(), "1"); n != 1 || err != nil {
			t.Errorf("EndOwner: got %d, %v, want 1", n, err)
		}
		must(t, admin.Update(r, countVisit))
	})
	if _, err := shop.EndOwner(t.Context(), ""); err == nil {
		t.Error("EndOwner of nobody: got no error")
	}
}

func TestNobodysSessions(t *testing.T) {
	calls := func(m *manager, r *http.Request) map[string]error {
		_, list := m.Sessions(r)
		_, others := m.EndOthers(r)
		return map[string]error{"Sessions": list, "EndOthers": others, "EndSession": m.EndSession(r, "x")}
	}
	m := newManager(t, newMemory(t), options{Owner: userOf})
	b := newBrowser(t, m)
	for _, state := range []string{"no session", "a visitor's"} {
		b.visit(func(_ http.ResponseWriter, r *http.Request) {
			for name, err := range calls(m, r) {
				wantNoSession(t, name+" with "+state, err)
			}
		})
		b.flash("hello")
	}
	plain := newManager(t, newMemory(t), options{})
	newBrowser(t, plain).visit(func(_ http.ResponseWriter, r *http.Request) {
		got := calls(plain, r)
		_, got["EndOwner"] = plain.EndOwner(context.Background(), "ada")
		for name, err := range got {
			if err == nil || errors.Is(err, httpsession.ErrNoSession) {
				t.Errorf("%s without Options.Owner: got error %v, want the remedy", name, err)
			}
		}
	})
}
