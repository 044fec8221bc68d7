package main

import (
	"errors"
	"net/http"
)

func (s *server) passwordForm(w http.ResponseWriter, r *http.Request) error {
	return s.show(w, r, http.StatusOK, "password", s.passwordPage(r))
}

// passwordPage is the form; the email in it is for password managers.
func (s *server) passwordPage(r *http.Request) formPage {
	v, _ := s.sessions.Value(r)
	return formPage{Form: "password", Typed: input{Email: v.Email}}
}

// changePassword sets a new password and ends all other sessions: somebody who
// knew the old one may have them. The one in use gets a new id, too.
func (s *server) changePassword(w http.ResponseWriter, r *http.Request) error {
	in, err := readInput(r)
	in.Email = s.passwordPage(r).Typed.Email
	if err == nil {
		err = in.checkNewPassword()
	}
	if err != nil {
		return onForm(err, "password", in)
	}
	if err := s.setPassword(r, in); err != nil {
		return onForm(err, "password", in)
	}
	n, err := s.sessions.EndOthers(r)
	if err == nil {
		err = s.sessions.Renew(w, r)
	}
	if err != nil {
		s.logError(r, err)
		return errChangedOnly
	}
	return s.told(w, r, message{"Your password was changed. " + othersEnded(n)}, "/")
}

func (s *server) setPassword(r *http.Request, in input) error {
	account, err := s.account(r)
	if err != nil {
		return err
	}
	ok, err := s.passwords.matches(r.Context(), account.Hash, in.Password)
	if err != nil {
		return err
	}
	if !ok {
		return errWrongCurrent
	}
	hash, err := s.passwords.hash(r.Context(), in.NewPassword)
	if err != nil {
		return err
	}
	err = s.users.setHash(account, hash)
	if errors.Is(err, errChanged) { // by somebody with the same password
		return errWrongCurrent
	}
	return err
}
