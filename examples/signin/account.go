package main

import (
	"errors"
	"net/http"
	"time"
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
	hash, err := s.passwords.hash(in.Password)
	if err != nil {
		return err
	}
	created := user{
		Email:     in.Email,
		FirstName: in.FirstName,
		LastName:  in.LastName,
		Hash:      hash,
		Created:   time.Now().UTC(),
	}
	err = s.users.create(created)
	if errors.Is(err, errEmailTaken) {
		return errTaken.on("signup", in)
	}
	if err != nil {
		return err
	}
	if err := s.startSession(w, r, http.StatusCreated, created); err != nil {
		s.log.Error("signed up, but not in", "error", err)
		return errCreatedOnly
	}
	return nil
}

// signIn checks a password and starts a session.
func (s *server) signIn(w http.ResponseWriter, r *http.Request) error {
	in, err := readInput(r)
	if err == nil {
		err = in.checkSignIn()
	}
	if err != nil {
		return onForm(err, "signin", in)
	}
	found, _, err := s.users.find(in.Email) // no user has no hash
	if err != nil {
		return err
	}
	ok, err := s.passwords.matches(found.Hash, in.Password)
	if err != nil {
		return err
	}
	if !ok {
		return errWrongPassword.on("signin", in)
	}
	return s.startSession(w, r, http.StatusOK, found)
}

// startSession signs u in: always under a new id, while the session that the
// browser had until now ends.
func (s *server) startSession(w http.ResponseWriter, r *http.Request, status int, u user) error {
	id, started, err := s.sessions.start(r.Context(), s.cookie.id(r), u)
	if err != nil {
		return err
	}
	s.cookie.set(w, id, started.Ends)
	return s.done(w, r, status, s.greet(started), "/?"+justSignedIn)
}

// signUpForm and signInForm show the forms to those who are not signed in.
func (s *server) signUpForm(w http.ResponseWriter, r *http.Request) error {
	return s.form(w, r, "signup")
}

func (s *server) signInForm(w http.ResponseWriter, r *http.Request) error {
	return s.form(w, r, "signin")
}

func (s *server) form(w http.ResponseWriter, r *http.Request, name string) error {
	_, err := s.current(r)
	if errors.Is(err, errNotSignedIn) {
		s.show(w, http.StatusOK, name, formPage{Notice: noticeFor(r, s.cookie)})
		return nil
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// onForm makes a problem with the input show its form again.
func onForm(err error, form string, typed input) error {
	if p, ok := errors.AsType[*problem](err); ok {
		return p.on(form, typed)
	}
	return err
}
