package httpsession

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
)

// hostPrefix makes browsers refuse the cookie unless it is Secure, has the path
// / and no domain: no neighbouring host can plant one.
const hostPrefix = "__Host-"

func (m *Manager[T]) cookieName() string {
	if m.opts.PlainHTTP {
		return m.opts.Cookie
	}
	return hostPrefix + m.opts.Cookie
}

// cookieID returns the id that the client sent, or nothing where it sent none
// or what can be none.
func (m *Manager[T]) cookieID(r *http.Request) string {
	cookie, err := r.Cookie(m.cookieName())
	if err != nil || !sessionstore.ValidID(cookie.Value) {
		return ""
	}
	return cookie.Value
}

// give hands out the id of s. The cookie does not outlive the absolute limit, but
// for a part of the last second: a Max-Age of 0 is none.
func (m *Manager[T]) give(w http.ResponseWriter, s *session[T]) {
	left := s.record.Ends.Sub(m.now())
	m.setCookie(w, s.id, max(1, int(left/time.Second)))
}

// expire makes the client forget the cookie. It does so only where name, path
// and attributes are those with which the cookie was set.
func (m *Manager[T]) expire(w http.ResponseWriter) { m.setCookie(w, "", -1) }

// setCookie replaces what this response has said of the cookie before.
func (m *Manager[T]) setCookie(w http.ResponseWriter, value string, maxAge int) {
	h, name := w.Header(), m.cookieName()
	h["Set-Cookie"] = slices.DeleteFunc(h["Set-Cookie"], func(line string) bool {
		return strings.HasPrefix(line, name+"=")
	})
	http.SetCookie(w, &http.Cookie{
		Name:     name,
		Value:    value,
		Path:     "/",
		MaxAge:   maxAge,
		Secure:   !m.opts.PlainHTTP,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
	noStore(w)
}

// noStore keeps a response out of caches, which could show it to another, or to
// the same person after signing out.
func noStore(w http.ResponseWriter) { w.Header().Set("Cache-Control", "no-store") }
