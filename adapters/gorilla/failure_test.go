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
