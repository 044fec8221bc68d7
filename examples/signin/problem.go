package main

import "net/http"

// A problem is an error that the client may see, with the status that says so.
type problem struct {
	status  int
	message string
	fields  map[string]string // what is wrong with which field of the form

	// For people: where to go instead, or which form to show again with what
	// was typed. Without either they see a page with the message.
	redirect string
	form     string
	typed    input
}

func (p *problem) Error() string { return p.message }

// on returns p for the form that the input came from.
func (p *problem) on(form string, typed input) *problem {
	again := *p
	again.form, again.typed = form, typed
	return &again
}

var (
	errNotSignedIn = &problem{
		status:   http.StatusUnauthorized,
		message:  "You are not signed in.",
		redirect: "/signin",
	}
	// One answer for an unknown user and a wrong password: which of them it
	// was is nobody's business.
	errWrongPassword = &problem{
		status:  http.StatusUnauthorized,
		message: "The email or the password is wrong.",
	}
	errTaken = &problem{
		status:  http.StatusConflict,
		message: "There is an account with this email already.",
		fields:  map[string]string{"email": "is taken: sign in instead, or use another one"},
	}
	errUnavailable = &problem{
		status:  http.StatusServiceUnavailable,
		message: "The server cannot reach its data at the moment. Nothing is lost: please try again shortly.",
	}
	errCreatedOnly = &problem{
		status:  http.StatusServiceUnavailable,
		message: "Your account was created, but signing in failed. Please sign in shortly.",
	}
)
