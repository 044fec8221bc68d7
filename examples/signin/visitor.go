package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/coatcheck/sessionstore/httpsession"
)

const (
	// idleLimit ends a session that nobody used for so long.
	idleLimit = 30 * time.Minute

	// absoluteLimit ends every session, however busy, so that a stolen one
	// does not last for ever.
	absoluteLimit = 12 * time.Hour

	// cookieName is the cookie's, behind the prefix __Host- unless -dev is set.
	cookieName = "session"
)

// A visitor is what a session holds. The name is here as well as in the
// account, so that a greeting takes one read. Rights are not: they are looked up
// when they are needed, so that one that was taken away is gone at once.
type visitor struct {
	UserID    string `json:"user_id"` // empty for one who is not signed in
	Email     string `json:"email"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Device    string `json:"device"`
	Visits    int    `json:"visits"`
}

func visitorOf(u user, r *http.Request) visitor {
	return visitor{
		UserID:    u.ID,
		Email:     u.Email,
		FirstName: u.FirstName,
		LastName:  u.LastName,
		Device:    deviceOf(r.UserAgent()),
	}
}

func (s *server) newSessions() (*httpsession.Manager[visitor], error) {
	return httpsession.New(s.store, httpsession.Options[visitor]{
		Idle:        idleLimit,
		Absolute:    absoluteLimit,
		Timeout:     s.timeout,
		PlainHTTP:   s.dev,
		Owner:       func(v visitor) string { return v.UserID },
		Cookie:      cookieName,
		Denied:      http.HandlerFunc(s.deny),
		Unavailable: s.failing(errUnavailable),
		OnError:     s.logError,
		Now:         s.now,
	})
}

// failing answers every request with p, whether its session is known or not.
func (s *server) failing(p *problem) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, p) })
}

// deny answers who is not signed in.
func (s *server) deny(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, s.notSignedIn(r)) }

// notSignedIn tells people whose session has ended that it has: they may have
// clicked in vain.
func (s *server) notSignedIn(r *http.Request) *problem {
	v, live := s.sessions.Value(r)
	if !s.sentCookie(r) || live && v.UserID == "" {
		return errNotSignedIn
	}
	return errSessionEnded
}

// sentCookie reports whether the request has a session's cookie, of whatever
// worth.
func (s *server) sentCookie(r *http.Request) bool {
	name := cookieName
	if !s.dev {
		name = "__Host-" + name
	}
	cookie, err := r.Cookie(name)
	return err == nil && cookie.Value != ""
}

// isSignedIn reports whether the request has a session, and a user's.
func (s *server) isSignedIn(r *http.Request) bool {
	v, _ := s.sessions.Value(r)
	return v.UserID != ""
}

// account returns the account of a request that passed Require. It may be gone,
// or belong to another: accounts are in a file that somebody may replace, while
// the session is elsewhere. Then the user has to sign in again.
func (s *server) account(r *http.Request) (user, error) {
	v, _ := s.sessions.Value(r)
	found, err := s.users.find(v.Email)
	if errors.Is(err, errNoUser) || err == nil && found.ID != v.UserID {
		return user{}, errNoAccount
	}
	return found, err
}
