package gorilla

import (
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
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := *s.Options
	session.Options = &options
	session.IsNew = true

	id := s.cookieID(r, name)
	data, found, err := s.sessions.Find(r.Context(), id)
	if err != nil {
		session.Values[unread{}] = err
		return session, err
	}
	if !found {
		return session, nil
	}
	values, err := decode(data)
	if err != nil {
		s.sessions.Unreadable()
		return session, nil //nolint:nilerr // it was reported, and the visitor gets a new session
	}
	session.ID, session.Values, session.IsNew = id, values, false
	return session, nil
}

// unread is the key of the error with which the store did not answer.
type unread struct{}

// Save keeps the session's values for Options.MaxAge seconds, or for the
// store's DefaultTTL where that is 0, and sets the cookie. A MaxAge below 0 ends
// the session, in the store first, and then its cookie; it goes on, within its
// time, when the request is cancelled.
//
// Where the session was ended meanwhile nothing is saved, no cookie is set,
// since the browser may have a newer one, and the error is nil. So an ID that
// the application chose cannot be used again within Options.GuardWindow.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if err, failed := session.Values[unread{}].(error); failed {
		return fmt.Errorf("gorilla: the session was not read and cannot be saved: %w", err)
	}
	if session.Options.MaxAge < 0 {
		return s.end(r, w, session)
	}
	data, err := encode(session.Values)
	if err != nil {
		return err
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
// signed in, too.
func (s *Store) Renew(r *http.Request, session *sessions.Session) error {
	if err := s.sessions.Delete(r.Context(), session.ID); err != nil {
		return err
	}
	session.ID, session.IsNew = "", true
	return nil
}

// end is Save with a MaxAge below 0. A later Save begins another session.
func (s *Store) end(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if err := s.Renew(r, session); err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
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
