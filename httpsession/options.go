package httpsession

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
)

const (
	defaultIdle     = 30 * time.Minute
	defaultAbsolute = 12 * time.Hour
	defaultTimeout  = 2 * time.Second
	defaultCookie   = "session"

	// maxTimeout keeps a renewal shorter than the trace that it leaves; see
	// successorTTL.
	maxTimeout = 30 * time.Second
)

// Options may be left zero. One that is out of range is an error of New.
type Options[T any] struct {
	// Idle ends a session that was not used for so long: at least 1 s, and at
	// most Absolute. Zero means 30 minutes, or Absolute where that is shorter.
	Idle time.Duration

	// Absolute ends a session so long after its Start, however much it is
	// used or renewed, and is the Max-Age of the cookie: 1 s to
	// [sessionstore.MaxTTL]. Zero means 12 hours. A shorter one than before
	// holds for the sessions that there are, too; a longer one does not.
	Absolute time.Duration

	// Timeout bounds what one call waits for the store: more than 0 and at
	// most 30 s. Zero means 2 s. A client that goes away does not end a call:
	// who signs out and closes the window is signed out.
	Timeout time.Duration

	// Cookie is the name of the cookie, without a prefix: it must not begin
	// with __. Zero means session, which makes it __Host-session. A session
	// answers to the name that it was started for alone, and the sessions of
	// an owner are those of one name.
	Cookie string

	// PlainHTTP is for development without TLS, on clients that keep no Secure
	// cookie. The cookie then lacks Secure and the __Host- prefix: whoever can
	// read or change the traffic can take a session over.
	PlainHTTP bool

	// Owner returns whose session it is that holds value, such as a user's
	// number, and an empty string for a visitor who is not signed in. It must
	// do the latter for the zero T. With it Require demands an owner, and
	// Sessions, EndSession, EndOthers and EndOwner work.
	Owner func(value T) string

	// MaxSessions is how many sessions an owner can have: a Start beyond it
	// ends the oldest. Zero means 100; the most is 5000.
	MaxSessions int

	// Denied answers for Require and Fail where there is no session. Nil
	// answers 401 in plain text. To lead people to a form, use
	// http.RedirectHandler("/signin", http.StatusSeeOther).
	Denied http.Handler

	// Unavailable answers for Load and Fail where the store does not work. It
	// should answer 503 and leave the cookie alone. Nil answers so in plain
	// text. What else Fail answers is fixed.
	Unavailable http.Handler

	// OnError is told of what a user is not: a session that cannot be read, a
	// use that could not be noted, an error that Fail answered, a handler that
	// Load does not wrap. No error of this package or of a store holds an id
	// or data, so that all may be logged; what the application's own function
	// returned to Update, and was given to Fail, is as it was. OnError may be
	// called at the same time for several requests. Nil logs with package log.
	OnError func(r *http.Request, err error)

	// Now is the clock of both limits, for tests. Nil means time.Now.
	Now func() time.Time
}

// complete returns the options with defaults in place of zeros, or says which
// of them is wrong.
func (o Options[T]) complete() (Options[T], error) {
	if o.Absolute == 0 {
		o.Absolute = defaultAbsolute
	}
	if o.Idle == 0 {
		o.Idle = min(defaultIdle, o.Absolute)
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Cookie == "" {
		o.Cookie = defaultCookie
	}
	if o.Denied == nil {
		o.Denied = http.HandlerFunc(deny)
	}
	if o.Unavailable == nil {
		o.Unavailable = http.HandlerFunc(unavailable)
	}
	if o.OnError == nil {
		o.OnError = logError
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, o.check()
}

func (o Options[T]) check() error {
	if o.Absolute < time.Second || o.Absolute > sessionstore.MaxTTL {
		return fmt.Errorf("httpsession: Absolute is %v, want 1s to %v, or 0 for %v", o.Absolute, sessionstore.MaxTTL, defaultAbsolute)
	}
	if o.Idle < time.Second || o.Idle > o.Absolute {
		return fmt.Errorf("httpsession: Idle is %v, want 1s to %v, which Absolute is, or 0 for %v", o.Idle, o.Absolute, defaultIdle)
	}
	if o.Timeout < 0 || o.Timeout > maxTimeout {
		return fmt.Errorf("httpsession: Timeout is %v, want more than 0 and at most %v, or 0 for %v", o.Timeout, maxTimeout, defaultTimeout)
	}
	if (&http.Cookie{Name: o.Cookie}).Valid() != nil {
		return fmt.Errorf("httpsession: Cookie is %q, which no cookie can be named", o.Cookie)
	}
	if strings.HasPrefix(o.Cookie, "__") {
		return fmt.Errorf("httpsession: Cookie is %q, want a name without __: the prefix is added", o.Cookie)
	}
	var nobody T
	if o.Owner != nil && o.Owner(nobody) != "" {
		return errors.New("httpsession: Owner of the zero value is not empty: a visitor would be somebody")
	}
	return nil
}
