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
// client. A session that is gone and every other error, an outage, are for
// httpsession to answer, with what newSessions set. Neither touches the cookie:
// a session that cannot be read now may be there in a minute.
func (s *server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if p, ok := errors.AsType[*problem](err); ok {
			s.fail(w, r, p)
		} else if err != nil {
			s.sessions.Fail(w, r, err)
		}
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
		s.showForm(w, r, p)
	default:
		s.render(w, p.status, "problem", page{Content: problemPage{Status: p.status, Message: p.message}})
	}
}

// failure is how a program is told what went wrong.
type failure struct {
	Error  string            `json:"error"`
	Fields map[string]string `json:"fields,omitempty"`
}

// answer shows content to a person on the page of that name, and sends body to
// a program.
func (s *server) answer(w http.ResponseWriter, r *http.Request, body any, name string, content any) error {
	if wantsPage(r) {
		return s.show(w, r, http.StatusOK, name, content)
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// done answers a change: to a program as JSON, while a person is led on.
func (s *server) done(w http.ResponseWriter, r *http.Request, status int, body any, next string) error {
	if wantsPage(r) {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	writeJSON(w, status, body)
	return nil
}

// wantsPage tells people from programs: a browser that opens a page or sends a
// form says that it accepts HTML. /welcome is for programs alone.
func wantsPage(r *http.Request) bool {
	return r.URL.Path != "/welcome" && strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/html")
}

// writeJSON indents, because people try programs with curl.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	// An error here is a client that has gone: there is nobody to tell.
	_ = encoder.Encode(body)
}
