package gorilla

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"github.com/coatcheck/sessionstore"
)

// Get returns the request's session of that name, which it reads at most once
// for a request.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie of that name stands for. Without such a
// cookie, with a forged, an expired or an old one, and where the session cannot
// be decoded, it returns a new session and no error; it never adopts an id.
//
// An error means that the store did not answer. The session is then empty, and
// Save of it returns the same error and sets no cookie: a program that goes on
// regardless signs nobody out.
//
// Where it did not answer, and where the session cannot be decoded, the ID is
// that of the cookie, so that a logout ends the session whose values are not
// known.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := *s.Options
	session.Options = &options
	session.IsNew = true

	id := s.cookieID(r, name)
	values, err := s.read(r, id)
	if values == nil && err == nil {
		return session, nil
	}
	session.ID = id
	switch {
	case err == nil:
		session.Values, session.IsNew = values, false
	case !errors.Is(err, sessionstore.ErrCorrupt): // which was reported
		session.Values[unread{}] = err
		return session, err
	}
	return session, nil
}

// read returns the values of the session under id, or nil where there is none.
func (s *Store) read(r *http.Request, id string) (map[any]any, error) {
	data, found, err := s.sessions.Read(r.Context(), id)
	if err != nil || !found {
		return nil, err
	}
	values, err := decode(data)
	if err != nil {
		return nil, s.sessions.Unreadable()
	}
	return values, nil
}

// unread is the key of the error with which the store did not answer.
type unread struct{}

// wasNotRead returns the error with which the store did not answer, if it did
// not.
func wasNotRead(session *sessions.Session) error {
	if err, failed := session.Values[unread{}].(error); failed {
		return fmt.Errorf("gorilla: the session was not read and cannot be saved: %w", err)
	}
	return nil
}

// Save keeps the session's values for Options.MaxAge seconds, at most 400 days,
// or for the store's DefaultTTL where that is 0, and sets the cookie. A new
// session gets a new id, and one of the cookie that could not be read ends.
//
// A MaxAge below 0 ends the session, in the store first, and then its cookie,
// whether or not it was read and whatever is in Values; it goes on, within its
// time, when the request is cancelled.
//
// Where the session was ended meanwhile nothing is saved, no cookie is set,
// since the browser may have a newer one, and the error is nil. So an ID that
// the application chose cannot be used again within Options.GuardWindow.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		return s.end(r, w, session)
	}
	if err := wasNotRead(session); err != nil {
		return err
	}
	data, err := encode(session.Values)
	if err != nil {
		return err
	}
	if session.IsNew && session.ID != "" && session.ID == s.cookieID(r, session.Name()) {
		if err := s.delete(r, session); err != nil {
			return err
		}
	}
	if session.ID == "" {
		session.ID = sessionstore.NewID()
	}
	refused, err := s.sessions.Save(r.Context(), session.ID, data, s.ttl(session))
	if err != nil || refused {
		return err
	}
	return s.setCookie(w, session)
}

// Renew ends the session in the store and keeps its values: the next Save gives
// them a new id. Call it at sign-in, so that nobody who knew the id before is
// signed in, too. Where the session was not read it does nothing and returns why.
func (s *Store) Renew(r *http.Request, session *sessions.Session) error {
	if err := wasNotRead(session); err != nil {
		return err
	}
	return s.delete(r, session)
}

// end is Save with a MaxAge below 0. A later Save begins another session.
func (s *Store) end(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if err := s.delete(r, session); err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
	return nil
}

// delete ends the session in the store, if it has one there.
func (s *Store) delete(r *http.Request, session *sessions.Session) error {
	if err := s.sessions.Delete(r.Context(), session.ID); err != nil {
		return err
	}
	session.ID, session.IsNew = "", true
	return nil
}

// ttl is for how long Save keeps the session.
func (s *Store) ttl(session *sessions.Session) time.Duration {
	seconds := min(session.Options.MaxAge, int(sessionstore.MaxTTL/time.Second))
	if seconds == 0 {
		return s.defaultTTL
	}
	return time.Duration(seconds) * time.Second
}
