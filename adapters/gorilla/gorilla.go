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
package gorilla

import (
	"bytes"
	"encoding/gob"
	"errors"
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
	// Zero or less means [DefaultTTL], 24 hours.
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
		}),
		defaultTTL: o.DefaultTTL,
	}, nil
}

// Get returns the request's session of that name, which it reads at most once
// for a request.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie of that name stands for. Without such a
// cookie, with a forged, an expired or an old one, and where the session cannot
// be decoded, it returns a new session and no error; it never adopts an id.
//
// An error means that the store did not answer. The session is then empty, and
// Save of it returns the same error and sets no cookie: a program that goes on
// regardless signs nobody out.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := *s.Options
	session.Options = &options
	session.IsNew = true

	id := s.cookieID(r, name)
	data, found, err := s.sessions.Find(r.Context(), id)
	if err != nil {
		session.Values[unread{}] = err
		return session, err
	}
	if !found {
		return session, nil
	}
	values, err := decode(data)
	if err != nil {
		s.sessions.Unreadable()
		return session, nil //nolint:nilerr // reported, and the visitor gets a new session
	}
	session.ID, session.Values, session.IsNew = id, values, false
	return session, nil
}

// unread is the key of the error with which the store did not answer.
type unread struct{}

// Save keeps the session's values for Options.MaxAge seconds, or for the
// store's DefaultTTL where that is 0, and sets the cookie. A MaxAge below 0 ends
// the session, in the store first, and then its cookie; it goes on, within its
// time, when the request is cancelled.
//
// Where the session was ended meanwhile nothing is saved, no cookie is set,
// since the browser may have a newer one, and the error is nil.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if err, failed := session.Values[unread{}].(error); failed {
		return fmt.Errorf("gorilla: the session was not read and cannot be saved: %w", err)
	}
	if session.Options.MaxAge < 0 {
		return s.end(r, w, session)
	}
	data, err := encode(session.Values)
	if err != nil {
		return err
	}
	if session.ID == "" {
		session.ID = sessionstore.NewID()
	}
	refused, err := s.sessions.Save(r.Context(), session.ID, data, s.ttl(session))
	if err != nil || refused {
		return err
	}
	return s.setCookie(w, session)
}

// Renew ends the session in the store and keeps its values: the next Save gives
// them a new id. Call it at sign-in, so that nobody who knew the id before is
// signed in, too.
func (s *Store) Renew(r *http.Request, session *sessions.Session) error {
	if err := s.sessions.Delete(r.Context(), session.ID); err != nil {
		return err
	}
	session.ID, session.IsNew = "", true
	return nil
}

func (s *Store) end(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if err := s.Renew(r, session); err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
	return nil
}

func (s *Store) ttl(session *sessions.Session) time.Duration {
	seconds := min(session.Options.MaxAge, int(sessionstore.MaxTTL/time.Second))
	if seconds == 0 {
		return s.defaultTTL
	}
	return time.Duration(seconds) * time.Second
}

func encode(values map[any]any) ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(values); err != nil {
		return nil, fmt.Errorf("gorilla: save: the session's values cannot be encoded: %w", err)
	}
	return b.Bytes(), nil
}

func decode(data []byte) (map[any]any, error) {
	values := map[any]any{}
	err := gob.NewDecoder(bytes.NewReader(data)).Decode(&values)
	return values, err
}

var errNoKeys = errors.New("empty: give a signing key of 32 or 64 bytes from crypto/rand, and the same after a restart")
