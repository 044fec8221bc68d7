package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// A handler answers a request or returns why not.
type handler func(w http.ResponseWriter, r *http.Request) error

// handle makes an http.Handler of h. What h returns as a problem is for the
// client; every other error is an outage, for the log. Neither touches the
// cookie: a session that cannot be read now may be there in a minute.
func (s *server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		p, ok := errors.AsType[*problem](err)
		if !ok {
			s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
			p = errUnavailable
		}
		s.fail(w, r, p)
	})
}

// fail answers a problem: to a program as JSON, to a person as a page.
func (s *server) fail(w http.ResponseWriter, r *http.Request, p *problem) {
	if p.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	switch {
	case !wantsPage(r):
		writeJSON(w, p.status, failure{Error: p.message, Fields: p.fields})
	case p.redirect != "":
		http.Redirect(w, r, p.redirect, http.StatusSeeOther)
	case p.form != "":
		s.show(w, p.status, p.form, formPage{Message: p.message, Typed: p.typed, Faults: p.fields})
	default:
		s.show(w, p.status, "problem", problemPage{Status: p.status, Message: p.message})
	}
}

// failure is how a program is told what went wrong.
type failure struct {
	Error  string            `json:"error"`
	Fields map[string]string `json:"fields,omitempty"`
}

// done answers a success: to a program as JSON, while a person is led on.
func (s *server) done(w http.ResponseWriter, r *http.Request, status int, body any, next string) error {
	if wantsPage(r) {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	writeJSON(w, status, body)
	return nil
}

// wantsPage tells people from programs: a browser that opens a page or sends a
// form says that it accepts HTML.
func wantsPage(r *http.Request) bool {
	return strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/html")
}

// asProgram answers JSON whatever the client accepts.
func asProgram(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Accept", "application/json")
		next.ServeHTTP(w, r)
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// An error here is a client that has gone: there is nobody to tell.
	_ = json.NewEncoder(w).Encode(body)
}
