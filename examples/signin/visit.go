package main

import (
	"errors"
	"net/http"
	"time"
)

// A greeting is what a signed-in user sees.
type greeting struct {
	Message     string    `json:"message"`
	FirstName   string    `json:"first_name"`
	LastName    string    `json:"last_name"`
	Email       string    `json:"email"`
	SignedInAt  time.Time `json:"signed_in_at"`
	RefreshedAt time.Time `json:"refreshed_at,omitzero"`
	IdleEndsAt  time.Time `json:"idle_ends_at"` // without another visit
	EndsAt      time.Time `json:"ends_at"`      // at the latest
	Store       string    `json:"store"`
}

func (s *server) greet(of session) greeting {
	now := time.Now()
	return greeting{
		Message:     "Welcome, " + of.FirstName + " " + of.LastName + "!",
		FirstName:   of.FirstName,
		LastName:    of.LastName,
		Email:       of.Email,
		SignedInAt:  of.Created.Truncate(time.Second),
		RefreshedAt: of.Refreshed.Truncate(time.Second),
		IdleEndsAt:  now.Add(s.sessions.ttl(of, now)).UTC().Truncate(time.Second),
		EndsAt:      of.Ends.Truncate(time.Second),
		Store:       s.storeName,
	}
}

// current returns the session of the request and counts as a visit. Without a
// live one it returns errNotSignedIn. It never sets or expires the cookie: a
// slow answer about an old session must not overwrite the cookie of a new one.
func (s *server) current(r *http.Request) (session, error) {
	id := s.cookie.id(r)
	if id == "" {
		return session{}, errNotSignedIn
	}
	found, err := s.sessions.visit(r.Context(), id)
	if errors.Is(err, errNoSession) {
		return session{}, errNotSignedIn
	}
	return found, err
}

// home greets a person, or leads to the sign-in page.
func (s *server) home(w http.ResponseWriter, r *http.Request) error {
	found, err := s.current(r)
	fresh := r.URL.Query().Has(justSignedIn)
	switch {
	case errors.Is(err, errNotSignedIn) && fresh && wantsPage(r):
		http.Redirect(w, r, "/signin?"+cookieRefused, http.StatusSeeOther)
		return nil
	case err != nil:
		return err
	case !wantsPage(r):
		writeJSON(w, http.StatusOK, s.greet(found))
		return nil
	case fresh: // it did keep the cookie: the address need not say more
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	s.show(w, http.StatusOK, "home", homePage{greeting: s.greet(found), Idle: s.sessions.idle})
	return nil
}

// welcome greets a program.
func (s *server) welcome(w http.ResponseWriter, r *http.Request) error {
	found, err := s.current(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.greet(found))
	return nil
}

// refresh gives the session a new id, as programs do now and then and after a
// change of rights, so that an id that leaked is soon worth nothing.
func (s *server) refresh(w http.ResponseWriter, r *http.Request) error {
	oldID := s.cookie.id(r)
	if oldID == "" {
		return errNotSignedIn
	}
	newID, moved, err := s.sessions.refresh(r.Context(), oldID)
	if errors.Is(err, errNoSession) {
		return errNotSignedIn
	}
	if err != nil {
		return err
	}
	s.cookie.set(w, newID, moved.Ends)
	return s.done(w, r, http.StatusOK, s.greet(moved), "/")
}

// logOut ends the session and expires the cookie. The answer is the same with
// a live session, a dead one, nonsense, or no cookie at all.
func (s *server) logOut(w http.ResponseWriter, r *http.Request) error {
	if id := s.cookie.id(r); id != "" {
		if err := s.sessions.end(r.Context(), id); err != nil {
			return err
		}
	}
	s.cookie.expire(w)
	return s.done(w, r, http.StatusOK, message{"You are signed out."}, "/signin?"+signedOut)
}

type message struct {
	Message string `json:"message"`
}
