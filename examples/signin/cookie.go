package main

import (
	"net/http"
	"time"

	"github.com/coatcheck/sessionstore"
)

// A sessionCookie knows the one cookie of this program: where it is read, how it is
// set, and how it is expired.
type sessionCookie struct {
	// plain is for development over HTTP where a browser takes no Secure
	// cookie. It gives up what the __Host- prefix and Secure are for: that
	// the cookie travels encrypted, and that no neighbouring host can set it.
	plain bool
}

func (c sessionCookie) name() string {
	if c.plain {
		return "session"
	}
	return "__Host-session"
}

// id returns the session id that the client sent, or "" where it sent none or
// one that no store would know. What a client made up goes no further.
func (c sessionCookie) id(r *http.Request) string {
	cookie, err := r.Cookie(c.name())
	if err != nil || !sessionstore.ValidID(cookie.Value) {
		return ""
	}
	return cookie.Value
}

// set hands out the id of a session that ends at ends at the latest; the
// cookie does not outlive it.
func (c sessionCookie) set(w http.ResponseWriter, id string, ends time.Time) {
	left := int(time.Until(ends) / time.Second)
	http.SetCookie(w, c.cookie(id, max(left, 1)))
}

// expire tells the client to forget the cookie. A browser drops only the one
// whose name, path and attributes are the same.
func (c sessionCookie) expire(w http.ResponseWriter) {
	http.SetCookie(w, c.cookie("", -1))
}

func (c sessionCookie) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name:     c.name(),
		Value:    value,
		Path:     "/",
		MaxAge:   maxAge,
		Secure:   !c.plain,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
}
