package main

import (
	"bytes"
	"errors"
	"net/http"
	"time"

	"github.com/coatcheck/sessionstore"
)

// signUp creates an account and signs it in.
func (s *server) signUp(w http.ResponseWriter, r *http.Request) error {
	in, err := readInput(r)
	if err == nil {
		err = in.checkSignUp()
	}
	if err != nil {
		return onForm(err, "signup", in)
	}
	hash, err := s.passwords.hash(r.Context(), in.Password)
	if err != nil {
		return err
	}
	created, err := s.users.create(user{
		Email:     in.Email,
		FirstName: in.FirstName,
		LastName:  in.LastName,
		Hash:      hash,
		Created:   time.Now().UTC(),
	})
	if errors.Is(err, errEmailTaken) {
		return errTaken.on("signup", in)
	}
	if err != nil {
		return err
	}
	if err := s.sessions.Start(w, r, visitorOf(created, r)); err != nil {
		s.logError(r, err)
		return errCreatedOnly
	}
	s.tell(w, r, "Your account was created, and you are signed in.")
	return s.greetNew(w, r, http.StatusCreated, justSignedUp)
}

// signIn checks a password and starts a session: always under a new id, while
// the one that the browser had until now ends.
func (s *server) signIn(w http.ResponseWriter, r *http.Request) error {
	in, err := readInput(r)
	if err == nil {
		err = in.checkSignIn()
	}
	if err != nil {
		return onForm(err, "signin", in)
	}
	found, err := s.users.find(in.Email)
	if err != nil && !errors.Is(err, errNoUser) { // no user has no hash
		return err
	}
	ok, err := s.passwords.matches(r.Context(), found.Hash, in.Password)
	if err != nil {
		return err
	}
	if !ok {
		return errWrongPassword.on("signin", in)
	}
	err = s.sessions.Start(w, r, visitorOf(found, r))
	if errors.Is(err, sessionstore.ErrConflict) {
		return errEndedAtOnce.on("signin", in)
	}
	if err != nil {
		return err
	}
	if err := s.confirm(w, r, found); err != nil {
		return onForm(err, "signin", in)
	}
	return s.greetNew(w, r, http.StatusOK, justSignedIn)
}

// confirm looks whether the password that was compared is the user's still. A
// new one ends all sessions that began before it; this one may have begun just
// after that, with the old one.
func (s *server) confirm(w http.ResponseWriter, r *http.Request, compared user) error {
	now, err := s.users.find(compared.Email)
	if err != nil && !errors.Is(err, errNoUser) {
		return errors.Join(err, s.sessions.End(w, r))
	}
	if bytes.Equal(now.Hash, compared.Hash) {
		return nil
	}
	if err := s.sessions.End(w, r); err != nil {
		return err
	}
	return errWrongPassword
}

// greetNew answers a sign-in or sign-up. Home gets to know which.
func (s *server) greetNew(w http.ResponseWriter, r *http.Request, status int, just string) error {
	greeting, err := s.greet(r)
	if err != nil {
		return err
	}
	return s.done(w, r, status, greeting, "/?"+just)
}

// signUpForm and signInForm show the forms to those who are not signed in.
func (s *server) signUpForm(w http.ResponseWriter, r *http.Request) error {
	return s.form(w, r, "signup")
}

func (s *server) signInForm(w http.ResponseWriter, r *http.Request) error {
	return s.form(w, r, "signin")
}

func (s *server) form(w http.ResponseWriter, r *http.Request, name string) error {
	if s.isSignedIn(r) {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	return s.show(w, r, http.StatusOK, name, s.formFor(r, name))
}

// onForm makes a problem with the input show its form again.
func onForm(err error, form string, typed input) error {
	if p, ok := errors.AsType[*problem](err); ok {
		return p.on(form, typed)
	}
	return err
}
