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
	errSessionEnded = &problem{
		status:   http.StatusUnauthorized,
		message:  errNotSignedIn.message, // a program knows what it sent
		redirect: "/signin?" + sessionEnded,
	}
	// One answer for an unknown user and a wrong password: which of them it
	// was is nobody's business.
	errWrongPassword = &problem{
		status:  http.StatusUnauthorized,
		message: "The email or the password is wrong.",
	}
	errEndedAtOnce = &problem{
		status:  http.StatusConflict,
		message: "Your sessions were ended from elsewhere this moment. Please sign in again.",
	}
	errTaken = &problem{
		status:  http.StatusConflict,
		message: "There is an account with this email already.",
		fields:  map[string]string{"email": "is taken: sign in instead, or use another one"},
	}
	errWrongCurrent = &problem{
		status:  http.StatusBadRequest,
		message: "Your password was not changed.",
		fields:  map[string]string{"password": "is not the one of your account"},
	}
	errTooLarge = &problem{
		status:  http.StatusRequestEntityTooLarge,
		message: "The body is too large.",
	}
	errCrossSite = &problem{
		status:  http.StatusForbidden,
		message: "This request comes from another site.",
	}
	errNoRight = &problem{
		status:  http.StatusForbidden,
		message: "You are signed in, but this page is for administrators.",
	}
	errNoAccount = &problem{
		status:  http.StatusForbidden,
		message: "Your session is valid, but this server does not have your account. Sign out and create one here.",
	}
	errNoSuchSession = &problem{
		status:  http.StatusNotFound,
		message: "You have no such session. It may have ended already.",
	}
	errUnavailable = &problem{
		status:  http.StatusServiceUnavailable,
		message: "The server cannot reach its data at the moment. You are still signed in if you were: please try again shortly.",
	}
	errBusy = &problem{
		status:  http.StatusServiceUnavailable,
		message: "The server is busy, and nothing was changed: please try again shortly.",
	}
	// Nobody reads this: the client has gone.
	errGivenUp = &problem{
		status:  http.StatusServiceUnavailable,
		message: "The request was given up, and nothing was changed.",
	}
	errCreatedOnly = &problem{
		status:  http.StatusServiceUnavailable,
		message: "Your account was created, but signing in failed. Please sign in shortly.",
	}
	errChangedOnly = &problem{
		status:  http.StatusServiceUnavailable,
		message: "Your password was changed, but other sessions may still be open. Please end them on the page of your sessions shortly.",
	}
)
