package main

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"time"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates by name, each with the layout around it.
var pages = func() map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.Local().Format("2 Jan, 15:04 MST") },
		"day":   func(t time.Time) string { return t.Local().Format("2 Jan 2006") },
		"stamp": func(t time.Time) string { return t.Format(time.RFC3339) },
		"idle":  func() string { return fmt.Sprintf("%.0f minutes", idleLimit.Minutes()) },
	}).ParseFS(templateFiles, "templates/layout.html"))
	byName := map[string]*template.Template{}
	for _, name := range []string{"home", "signin", "signup", "password", "sessions", "admin", "problem"} {
		page := template.Must(layout.Clone())
		byName[name] = template.Must(page.ParseFS(templateFiles, "templates/"+name+".html"))
	}
	return byName
}()

// page is what the layout shows around a page's own content.
type page struct {
	Name     string // of the page and its template
	SignedIn bool
	Admin    bool
	Flashes  []string
	Content  any
}

// problemPage is what problem.html shows.
type problemPage struct {
	Status  int
	Message string
}

// Title is the name of the status: "Service Unavailable".
func (p problemPage) Title() string { return http.StatusText(p.Status) }

// show answers with a page and the messages that wait for the next one. The
// request has passed Load.
func (s *server) show(w http.ResponseWriter, r *http.Request, status int, name string, content any) error {
	flashes, err := s.sessions.Flashes(r)
	if err != nil {
		return err
	}
	p := s.frame(r)
	p.Name, p.Flashes, p.Content = name, flashes, content
	s.render(w, status, p)
	return nil
}

// frame is what the layout shows of the user: the navigation, and how to sign
// out.
func (s *server) frame(r *http.Request) (p page) {
	if p.SignedIn = s.isSignedIn(r); p.SignedIn {
		account, err := s.account(r)
		p.Admin = err == nil && account.Admin // else the page has no link to what would say why
	}
	return p
}

// render executes first and writes then, so that a template that fails leaves
// no half page with status 200.
func (s *server) render(w http.ResponseWriter, status int, p page) {
	var text bytes.Buffer
	if err := pages[p.Name].Execute(&text, p); err != nil {
		s.log.Error("page failed", "page", p.Name, "error", err)
		http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = text.WriteTo(w) // an error here is a browser that has gone
}

// Words of the query with which one page leads to another where no session can
// hold a message.
const (
	justSignedIn  = "signed-in"
	justSignedUp  = "signed-up"
	signedOut     = "signed-out"
	sessionEnded  = "session-ended"
	cookieRefused = "cookie-refused"
)

// formFor is a form and what it says about how one got there.
func (s *server) formFor(r *http.Request, name string) formPage {
	query := r.URL.Query()
	p := formPage{Form: name}
	switch {
	case query.Has(signedOut):
		p.Notice = "You are signed out."
	case query.Has(sessionEnded):
		p.Notice = "Your session has ended. Please sign in again; nothing was changed."
	case query.Has(cookieRefused):
		p.Refused = &refusedCookie{SignedUp: query.Has(justSignedUp), Dev: s.dev}
	}
	return p
}

// refusedCookie is what to explain where a browser did not keep the cookie.
type refusedCookie struct{ SignedUp, Dev bool }
