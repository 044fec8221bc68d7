package main

import "net/http"

// formPage is what the pages with a form show: what was typed, and what is wrong
// with it. Passwords are not sent back.
type formPage struct {
	Form    string         // its page's name
	Notice  string         // what happened before
	Refused *refusedCookie // nil for a browser of which nothing is known
	Message string         // what is wrong
	Typed   input
	Faults  map[string]string
}

// field is one labelled input of a form.
type field struct {
	Name, Label, Type, Autocomplete, Value, Hint, Fault string
	MaxLength, MinLength                                int
}

// showForm shows the form of p again.
func (s *server) showForm(w http.ResponseWriter, r *http.Request, p *problem) {
	err := s.show(w, r, p.status, p.form, formPage{Form: p.form, Message: p.message, Typed: p.typed, Faults: p.fields})
	if err != nil {
		s.sessions.Fail(w, r, err)
	}
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

// Email is the name under which password managers keep the password, and so
// "username".
func (p formPage) Email() field {
	return p.field(field{Name: "email", Label: "Email", Type: "email",
		Autocomplete: "username", Value: p.Typed.Email, MaxLength: maxEmailBytes})
}

func (p formPage) Password() field {
	return p.field(field{Name: "password", Label: "Password", Type: "password",
		Autocomplete: "current-password"})
}

func (p formPage) CurrentPassword() field {
	return p.field(field{Name: "password", Label: "Current password", Type: "password",
		Autocomplete: "current-password"})
}

// NewPassword is the field with which one signs up, ChangedPassword that with
// which one gets another.
func (p formPage) NewPassword() field {
	return p.field(newPassword("password", "Password"))
}

func (p formPage) ChangedPassword() field {
	return p.field(newPassword("new_password", "New password"))
}

func newPassword(name, label string) field {
	return field{Name: name, Label: label, Type: "password", Autocomplete: "new-password",
		Hint: "At least 8 characters. A phrase is fine.", MinLength: minPasswordRunes}
}

func (p formPage) field(f field) field {
	f.Fault = p.Faults[f.Name]
	return f
}

// Fault is a line of the summary: what is wrong, and where to go.
type fault struct{ Name, Label, Text string }

// Summary returns what is wrong in the order of the fields, and by their names on
// this form.
func (p formPage) Summary() (faults []fault) {
	for _, f := range p.fields() {
		if f.Fault != "" {
			faults = append(faults, fault{f.Name, f.Label, f.Fault})
		}
	}
	return faults
}

func (p formPage) fields() []field {
	switch p.Form {
	case "signup":
		return []field{p.FirstName(), p.LastName(), p.Email(), p.NewPassword()}
	case "password":
		return []field{p.CurrentPassword(), p.ChangedPassword()}
	}
	return []field{p.Email(), p.Password()}
}
