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
		Denied:      s.failing(errNotSignedIn),
		Unavailable: s.failing(errUnavailable),
		OnError:     s.logError,
		Now:         s.now,
	})
}

// failing answers every request with p.
func (s *server) failing(p *problem) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, p) })
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
