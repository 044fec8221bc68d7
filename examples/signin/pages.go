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
	}).ParseFS(templateFiles, "templates/layout.html"))
	byName := map[string]*template.Template{}
	for _, name := range []string{"home", "signin", "signup", "problem"} {
		page := template.Must(layout.Clone())
		byName[name] = template.Must(page.ParseFS(templateFiles, "templates/"+name+".html"))
	}
	return byName
}()

// homePage is what home.html shows.
type homePage struct {
	greeting
	Idle time.Duration
}

// IdleMinutes is the idle limit as people say it.
func (p homePage) IdleMinutes() string { return fmt.Sprintf("%.0f minutes", p.Idle.Minutes()) }

// formPage is what signin.html and signup.html show: a form, what was typed,
// and what is wrong with it. Passwords are not sent back.
type formPage struct {
	Notice  string // what happened before
	Message string // what is wrong
	Typed   input
	Faults  map[string]string
}

// field is one labelled input of a form.
type field struct {
	Name, Label, Type, Autocomplete, Value, Hint, Fault string
	MaxLength                                           int
	Focus                                               bool
}

// FirstName and the following are the fields, for the templates.
func (p formPage) FirstName() field {
	return p.field(field{Name: "first_name", Label: "First name", Type: "text",
		Autocomplete: "given-name", Value: p.Typed.FirstName, MaxLength: maxNameRunes})
}

func (p formPage) LastName() field {
	return p.field(field{Name: "last_name", Label: "Last name", Type: "text",
		Autocomplete: "family-name", Value: p.Typed.LastName, MaxLength: maxNameRunes})
}

func (p formPage) Email() field {
	return p.field(field{Name: "email", Label: "Email", Type: "email",
		Autocomplete: "email", Value: p.Typed.Email, MaxLength: maxEmailBytes})
}

func (p formPage) Password() field {
	return p.field(field{Name: "password", Label: "Password", Type: "password",
		Autocomplete: "current-password"})
}

func (p formPage) NewPassword() field {
	return p.field(field{Name: "password", Label: "Password", Type: "password",
		Autocomplete: "new-password", Hint: "At least 8 characters. A phrase is fine."})
}

func (p formPage) field(f field) field {
	f.Fault = p.Faults[f.Name]
	f.Focus = f.Name == p.focus()
	return f
}

// focus is where the cursor goes in a form that is shown again: the first bad
// field, or the password, which has to be typed anew in any case.
func (p formPage) focus() string {
	for _, name := range []string{"first_name", "last_name", "email"} {
		if p.Faults[name] != "" {
			return name
		}
	}
	if p.Message != "" {
		return "password"
	}
	return ""
}

// problemPage is what problem.html shows.
type problemPage struct {
	Status  int
	Message string
}

// Title is the name of the status: "Service Unavailable".
func (p problemPage) Title() string { return http.StatusText(p.Status) }

// show answers with a page. It renders first and writes then, so that a
// template that fails leaves no half page with status 200.
func (s *server) show(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := pages[name].Execute(&page, data); err != nil {
		s.log.Error("page failed", "page", name, "error", err)
		http.Error(w, "This page cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // an error here is a browser that has gone
}

// Words of the query with which one page leads to another.
const (
	justSignedIn  = "signed-in"
	signedOut     = "signed-out"
	cookieRefused = "cookie-refused"
)

// noticeFor is what the sign-in page says about how one got there.
func noticeFor(r *http.Request, cookie sessionCookie) string {
	switch query := r.URL.Query(); {
	case query.Has(signedOut):
		return "You are signed out."
	case query.Has(cookieRefused) && cookie.plain:
		return "Your browser did not keep the session cookie. Does it block cookies for this site?"
	case query.Has(cookieRefused):
		return "Your browser did not keep the session cookie: over plain HTTP some, Safari for one, refuse a Secure " +
			"cookie even from this machine. Start the program with -dev, or use another browser."
	}
	return ""
}
