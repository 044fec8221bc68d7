package gorilla

import (
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

func TestUnreadableIsAVisitor(t *testing.T) {
	backend := newMemory(t)
	var told []error
	s, err := New(backend, Options{Keys: [][]byte{key}, OnError: func(err error) { told = append(told, err) }})
	must(t, err)
	cookie := begin(t, s, "ada")
	for listed := range backend.All(t.Context()) {
		must(t, sessionstore.Replace(t.Context(), backend, listed.ID, listed.Data[:len(listed.Data)-3], time.Hour))
	}
	session, err := s.Get(requestWith(cookie), "session")
	if err != nil || !session.IsNew || len(session.Values) > 0 {
		t.Errorf("Get: got %+v, %v, want a new session", session, err)
	}
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
	w := httptest.NewRecorder()
	if saved := session.Save(r, w); !errors.Is(saved, err) || len(w.Result().Cookies()) > 0 {
		t.Errorf("Save: got %v and %v, want the error of Get and no cookie", saved, w.Result().Cookies())
	}
	if renewed := s.Renew(r, session); !errors.Is(renewed, err) {
		t.Errorf("Renew: got %v, want the error of Get", renewed)
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

// A logout ends a session that was not read, and so does whatever takes its
// cookie's place: also where a program clears the values first, as gin's do.
func TestLogoutOfASessionThatWasNotRead(t *testing.T) {
	cut := func(data []byte) []byte { return data[:len(data)-3] }
	for _, clears := range []bool{false, true} {
		for _, maxAge := range []int{-1, 60} {
			for what, readable := range map[string]bool{"outage": true, "unreadable": false} {
				backend, down := failing(t)
				s := newStore(t, backend)
				cookie := begin(t, s, "ada")
				var stored sessionstore.Session
				for listed, err := range sessionstore.All(t.Context(), backend) {
					must(t, err)
					stored = listed
				}
				if !readable {
					must(t, sessionstore.Replace(t.Context(), backend, stored.ID, cut(stored.Data), time.Hour))
				}
				down.Store(readable)
				r := requestWith(cookie)
				session, err := s.Get(r, "session")
				if !session.IsNew || (err != nil) != readable {
					t.Errorf("%s: Get: got %+v, %v", what, session, err)
				}
				down.Store(false)
				if clears {
					clear(session.Values)
				}
				session.Options.MaxAge = maxAge
				w := httptest.NewRecorder()
				if err := session.Save(r, w); err != nil {
					if len(w.Result().Cookies()) > 0 || maxAge < 0 {
						t.Errorf("%s, MaxAge %d, cleared %v: Save: got %v and %v", what, maxAge, clears, err, w.Result().Cookies())
					}
					continue
				}
				if session.ID == stored.ID || len(w.Result().Cookies()) != 1 {
					t.Errorf("%s, MaxAge %d, cleared %v: the id was adopted, or got %v", what, maxAge, clears, w.Result().Cookies())
				}
				err = sessionstore.Replace(t.Context(), backend, stored.ID, stored.Data, time.Hour) // it can be read again
				if !errors.Is(err, sessionstore.ErrNotFound) {
					t.Errorf("%s, MaxAge %d, cleared %v: got %v, want the old session to be gone", what, maxAge, clears, err)
				}
				wantNew(t, s, cookie)
			}
		}
	}
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
