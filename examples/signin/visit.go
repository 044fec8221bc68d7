package main

import (
	"net/http"
	"time"

	"github.com/coatcheck/sessionstore/httpsession"
)

// A greeting is what a signed-in user sees.
type greeting struct {
	Message    string    `json:"message"`
	FirstName  string    `json:"first_name"`
	LastName   string    `json:"last_name"`
	Email      string    `json:"email"`
	Visits     int       `json:"visits"` // of this session
	SignedInAt time.Time `json:"signed_in_at"`
	IdleEndsAt time.Time `json:"idle_ends_at"` // without another visit
	EndsAt     time.Time `json:"ends_at"`      // at the latest
	Store      string    `json:"store"`
}

// greet returns the greeting for the user of the request.
func (s *server) greet(r *http.Request) (greeting, error) {
	now, ok := s.sessions.Current(r)
	if !ok {
		return greeting{}, httpsession.ErrNoSession
	}
	v := now.Value
	return greeting{
		Message:    "Welcome, " + v.FirstName + " " + v.LastName + "!",
		FirstName:  v.FirstName,
		LastName:   v.LastName,
		Email:      v.Email,
		Visits:     v.Visits,
		SignedInAt: now.Created.Truncate(time.Second),
		IdleEndsAt: now.IdleEnds.Truncate(time.Second),
		EndsAt:     now.Ends.Truncate(time.Second),
		Store:      s.storeName,
	}, nil
}

// visit counts a visit and greets. The count is stored when the greeting is
// made: of a hundred visits at once none is lost.
func (s *server) visit(r *http.Request) (greeting, error) {
	err := s.sessions.Update(r, func(v *visitor) error {
		v.Visits++
		return nil
	})
	if err != nil {
		return greeting{}, err
	}
	return s.greet(r)
}

// home greets people and programs. Somebody who has just signed in or up and
// comes without a cookie has a browser that refused it, and learns why.
func (s *server) home(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	fresh := wantsPage(r) && (query.Has(justSignedIn) || query.Has(justSignedUp))
	switch {
	case fresh && !s.sentCookie(r):
		reason := cookieRefused
		if query.Has(justSignedUp) {
			reason += "&" + justSignedUp
		}
		http.Redirect(w, r, "/signin?"+reason, http.StatusSeeOther)
		return nil
	case !s.isSignedIn(r):
		return s.notSignedIn(r)
	case fresh: // it did keep the cookie: the address need not say more
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	greeting, err := s.visit(r)
	if err != nil {
		return err
	}
	return s.answer(w, r, greeting, "home", greeting)
}

// welcome greets programs.
func (s *server) welcome(w http.ResponseWriter, r *http.Request) error {
	greeting, err := s.visit(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, greeting)
	return nil
}

// refresh gives the session a new id, as programs do now and then, so that an id
// that leaked is soon worth nothing. Its limits stay.
func (s *server) refresh(w http.ResponseWriter, r *http.Request) error {
	if err := s.sessions.Renew(w, r); err != nil {
		return err
	}
	s.tell(w, r, "Your session has a new secret. The old one opens nothing any more.")
	greeting, err := s.greet(r)
	if err != nil {
		return err
	}
	return s.done(w, r, http.StatusOK, greeting, "/")
}

// logOut ends the session and expires the cookie. The answer is the same with
// a live session, a dead one, nonsense, or no cookie at all.
func (s *server) logOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.sessions.End(w, r); err != nil {
		return err
	}
	return s.done(w, r, http.StatusOK, message{"You are signed out."}, "/signin?"+signedOut)
}

type message struct {
	Message string `json:"message"`
}

// tell leaves a message for the next page. It is no part of what was asked for:
// where it fails, that has succeeded all the same.
func (s *server) tell(w http.ResponseWriter, r *http.Request, text string) {
	if !wantsPage(r) {
		return
	}
	if err := s.sessions.Flash(w, r, text); err != nil {
		s.logError(r, err)
	}
}
