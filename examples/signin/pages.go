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
	Name     string // of the page, for the navigation
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
	p := page{Name: name, Flashes: flashes, Content: content}
	if p.SignedIn = s.isSignedIn(r); p.SignedIn {
		account, err := s.account(r)
		p.Admin = err == nil && account.Admin // else the page has no link to what would say why
	}
	s.render(w, status, name, p)
	return nil
}

// render executes first and writes then, so that a template that fails leaves
// no half page with status 200.
func (s *server) render(w http.ResponseWriter, status int, name string, p page) {
	var text bytes.Buffer
	if err := pages[name].Execute(&text, p); err != nil {
		s.log.Error("page failed", "page", name, "error", err)
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
	signedOut     = "signed-out"
	cookieRefused = "cookie-refused"
)

// noticeFor is what the sign-in page says about how one got there.
func (s *server) noticeFor(r *http.Request) string {
	switch query := r.URL.Query(); {
	case query.Has(signedOut):
		return "You are signed out."
	case query.Has(cookieRefused) && s.dev:
		return "Your browser did not keep the session cookie. Does it block cookies for this site?"
	case query.Has(cookieRefused):
		return "Your browser did not keep the session cookie: over plain HTTP some, Safari for one, refuse a Secure " +
			"cookie even from this machine. Start the program with -dev, or use another browser."
	}
	return ""
}
