package main

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
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
		in, err = readForm(r.Body)
	default:
		return input{}, &problem{
			status:  http.StatusUnsupportedMediaType,
			message: "Send application/json or a form (application/x-www-form-urlencoded).",
		}
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

// readForm does without Request.ParseForm, which also fails at the query of the
// URL.
func readForm(body io.Reader) (input, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return input{}, err
	}
	form, err := url.ParseQuery(string(text))
	return input{
		FirstName:   form.Get("first_name"),
		LastName:    form.Get("last_name"),
		Email:       form.Get("email"),
		Password:    form.Get("password"),
		NewPassword: form.Get("new_password"),
	}, err
}
