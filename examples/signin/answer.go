package main

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// A handler answers a request or returns why not.
type handler func(w http.ResponseWriter, r *http.Request) error

// handle makes an http.Handler of h. What h returns as a problem is for the
// client, and accounts that are out of reach are one. All else is for httpsession
// to answer, with what newSessions set: a session that is gone, a store that is
// down. None touches the cookie: a session that cannot be read now may be there in
// a minute.
func (s *server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		p, isProblem := errors.AsType[*problem](err)
		switch {
		case isProblem:
			s.fail(w, r, p)
		case errors.Is(err, errAccounts):
			s.logError(r, err)
			s.fail(w, r, errUnavailable)
		case err != nil:
			s.sessions.Fail(w, r, err)
		}
	})
}

// fail answers a problem of a request that has passed Load.
func (s *server) fail(w http.ResponseWriter, r *http.Request, p *problem) {
	if p.form != "" && wantsPage(r) {
		setRetryAfter(w, p)
		s.showForm(w, r, p)
		return
	}
	s.refuseOn(w, r, p, s.frame)
}

// refuse answers a problem where nobody knows the session, or the store fails:
// a person sees a page without navigation.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, p *problem) {
	s.refuseOn(w, r, p, func(*http.Request) page { return page{} })
}

// refuseOn answers to a program as JSON, and to a person as a page in a frame.
func (s *server) refuseOn(w http.ResponseWriter, r *http.Request, p *problem, frame func(*http.Request) page) {
	setRetryAfter(w, p)
	switch {
	case !wantsPage(r):
		writeJSON(w, p.status, failure{Error: p.message, Fields: p.fields})
	case p.redirect != "":
		http.Redirect(w, r, p.redirect, http.StatusSeeOther)
	default:
		shown := frame(r)
		shown.Name, shown.Content = "problem", problemPage{Status: p.status, Message: p.message}
		s.render(w, p.status, shown)
	}
}

func setRetryAfter(w http.ResponseWriter, p *problem) {
	if p.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
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
// form says that it accepts HTML, and prefers that to JSON or does not name it.
// /welcome is for programs alone.
func wantsPage(r *http.Request) bool {
	if r.URL.Path == "/welcome" {
		return false
	}
	html, htmlAt := accepted(r, "text/html")
	json, jsonAt := accepted(r, "application/json")
	return html > 0 && (html > json || html == json && htmlAt < jsonAt)
}

// accepted returns how much a client wants a media type, from 0 to 1, and at
// which place it names that.
func accepted(r *http.Request, kind string) (quality float64, place int) {
	for i, part := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		named, parameters, err := mime.ParseMediaType(part)
		if err != nil || named != kind {
			continue
		}
		if quality, err = strconv.ParseFloat(parameters["q"], 64); err != nil {
			quality = 1
		}
		return quality, i
	}
	return 0, 0
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
