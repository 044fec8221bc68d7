// Package gorilla keeps the sessions of github.com/gorilla/sessions in a
// sessionstore.Store, and through it those of echo-contrib/session and
// gin-contrib/sessions:
//
//	store, err := open.URL(ctx, "bolt:sessions.db")
//	...
//	sessions, err := gorillaadapter.New(store, gorillaadapter.Options{Keys: [][]byte{key}})
//	...
//	session, err := sessions.Get(r, "session")
//
// (Import this package as gorillaadapter.) What survives a restart is up to the
// store, and to the key, which has to stay the same. The programs
// examples/gorilla, examples/echo and examples/gin are whole.
//
// The cookie carries a signed id and nothing else; the values are in the store,
// as gob, so that types of your own in them need gob.Register. Ids are hashed
// and logouts are guarded: below is HashIDs(Guard(store)). A request that read
// its session before a logout and saves it afterwards does not bring it back.
// A logout is a Save with a MaxAge below 0: a session whose values were merely
// removed is still one, and a slow request brings them back. At sign-in call
// [Store.Renew].
package gorilla

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/adapters/internal/managed"
)

// DefaultTTL is how long a session lives in the store whose cookie has a MaxAge
// of 0, and ends with the browser.
const DefaultTTL = 24 * time.Hour

// defaultMaxAge is gorilla's, in seconds.
const defaultMaxAge = 30 * 24 * 60 * 60

// Options of a Store. Keys must be given.
type Options struct {
	// Keys sign and encrypt the cookie, in pairs, as gorilla's own stores
	// take them: a signing key of 32 or 64 random bytes, then an encryption
	// key of 16, 24 or 32 bytes, or nil; the last may be left out. The first
	// pair writes, all of them read. A cookie of another key is a visitor
	// without a session.
	Keys [][]byte

	// DefaultTTL is how long a session lives whose cookie has a MaxAge of 0.
	// Zero or less means [DefaultTTL], 24 hours; it is at most 400 days.
	DefaultTTL time.Duration

	// Timeout bounds each use of the store, beside the request's context.
	// Zero or less means 2 seconds.
	Timeout time.Duration

	// GuardWindow is for how long a session that was ended cannot be saved
	// again, longer than any request takes. Zero or less means
	// [sessionstore.DefaultGuardWindow].
	GuardWindow time.Duration

	// OnError is told of sessions that count as absent because they cannot
	// be read. It runs on the request's goroutine. Nil means nobody.
	OnError func(error)

	// OnRefused is told of each Save that was refused, because the session
	// had been ended: a slow request met a logout. It runs on the request's
	// goroutine. Nil means nobody.
	OnRefused func()
}

// Store is a sessions.Store.
type Store struct {
	// Codecs write and read the cookie. They do not limit its age: the
	// session's end in the store does.
	Codecs []securecookie.Codec

	// Options are those of a new session. Each session has a copy of its
	// own. New sets Path "/", MaxAge 30 days, Secure, HttpOnly and
	// SameSite=Lax. Over plain HTTP browsers keep a Secure cookie from
	// localhost only, and some not even that. Change them before the first
	// request.
	Options *sessions.Options

	sessions   *managed.Store
	defaultTTL time.Duration
}

var _ sessions.Store = (*Store)(nil)

// New returns a Store on s. It needs no Close, and never closes s. The error is
// about Options.Keys.
func New(s sessionstore.Store, o Options) (*Store, error) {
	codecs, err := newCodecs(o.Keys)
	if err != nil {
		return nil, fmt.Errorf("gorilla: Options.Keys: %w", err)
	}
	if o.DefaultTTL <= 0 {
		o.DefaultTTL = DefaultTTL
	}
	return &Store{
		Codecs: codecs,
		Options: &sessions.Options{
			Path:     "/",
			MaxAge:   defaultMaxAge,
			Secure:   true,
			HttpOnly: true,
			SameSite: http.SameSiteLaxMode,
		},
		sessions: managed.Sessions(s, managed.Options{
			GuardWindow: o.GuardWindow,
			Timeout:     o.Timeout,
			OnError:     o.OnError,
			OnRefused:   o.OnRefused,
		}),
		defaultTTL: o.DefaultTTL,
	}, nil
}
