package main

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

const maxBodyBytes = 16 << 10

// input is what a client sends: each form has some of it.
type input struct {
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	Email       string `json:"email"`
	Password    string `json:"password"`
	NewPassword string `json:"new_password"`
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
		FirstName:   r.PostForm.Get("first_name"),
		LastName:    r.PostForm.Get("last_name"),
		Email:       r.PostForm.Get("email"),
		Password:    r.PostForm.Get("password"),
		NewPassword: r.PostForm.Get("new_password"),
	}, nil
}
