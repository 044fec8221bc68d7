package main

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxBodyBytes     = 16 << 10
	maxNameRunes     = 100
	maxEmailBytes    = 254 // RFC 5321 with its erratum 1690
	minPasswordRunes = 8
)

// input is what a client sends to sign up; signing in takes the last two.
type input struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Password  string `json:"password"`
}

// readInput reads a body of JSON or of a form. The query of the URL does not
// count: it would end up in histories and logs.
func readInput(r *http.Request) (input, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var in input
	switch {
	case err == nil && kind == "application/json":
		in, err = readJSON(r.Body)
	case err == nil && kind == "application/x-www-form-urlencoded":
		in, err = readForm(r)
	default:
		return input{}, &problem{
			status:  http.StatusUnsupportedMediaType,
			message: "Send application/json or a form (application/x-www-form-urlencoded).",
		}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return input{}, errTooLarge
	}
	if err != nil {
		return input{}, &problem{status: http.StatusBadRequest, message: "The body cannot be read as " + kind + "."}
	}
	in.FirstName = strings.TrimSpace(in.FirstName)
	in.LastName = strings.TrimSpace(in.LastName)
	in.Email = strings.TrimSpace(in.Email)
	return in, nil
}

var errTooLarge = &problem{
	status:  http.StatusRequestEntityTooLarge,
	message: "The body is too large.",
}

// readJSON reads one JSON value and nothing after it.
func readJSON(body io.Reader) (in input, err error) {
	decoder := json.NewDecoder(body)
	if err := decoder.Decode(&in); err != nil {
		return input{}, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return input{}, errors.Join(errors.New("more than one JSON value"), err)
	}
	return in, nil
}

func readForm(r *http.Request) (input, error) {
	if err := r.ParseForm(); err != nil {
		return input{}, err
	}
	return input{
		FirstName: r.PostForm.Get("first_name"),
		LastName:  r.PostForm.Get("last_name"),
		Email:     r.PostForm.Get("email"),
		Password:  r.PostForm.Get("password"),
	}, nil
}

// checkSignUp returns nil or a problem that names every bad field.
func (in input) checkSignUp() error {
	return badFields(map[string]string{
		"first_name": nameFault(in.FirstName),
		"last_name":  nameFault(in.LastName),
		"email":      emailFault(in.Email),
		"password":   newPasswordFault(in.Password),
	})
}

// checkSignIn asks less of the password: rules for new ones do not concern
// those that are there.
func (in input) checkSignIn() error {
	return badFields(map[string]string{
		"email":    emailFault(in.Email),
		"password": blankFault(in.Password),
	})
}

func badFields(faults map[string]string) error {
	for field, fault := range faults {
		if fault == "" {
			delete(faults, field)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return &problem{status: http.StatusBadRequest, message: "Please check what you typed.", fields: faults}
}

func blankFault(s string) string {
	if strings.TrimSpace(s) == "" {
		return "is missing"
	}
	return ""
}

func nameFault(name string) string {
	switch {
	case blankFault(name) != "":
		return blankFault(name)
	case utf8.RuneCountInString(name) > maxNameRunes:
		return "is too long: at most 100 characters"
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl):
		return "has characters that no name has"
	}
	return ""
}

func emailFault(email string) string {
	if blankFault(email) != "" {
		return blankFault(email)
	}
	// ParseAddress also takes "Ada <ada@example.org>", which is more than an
	// address.
	address, err := mail.ParseAddress(email)
	if err != nil || address.Address != email || len(email) > maxEmailBytes || !utf8.ValidString(email) {
		return "is not an email address, such as ada@example.org"
	}
	return ""
}

func newPasswordFault(password string) string {
	switch {
	case blankFault(password) != "":
		return blankFault(password)
	case utf8.RuneCountInString(password) < minPasswordRunes:
		return "is too short: at least 8 characters"
	case len(password) > maxPasswordBytes:
		return "is too long: at most 72 bytes"
	}
	return ""
}
