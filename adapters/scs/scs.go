// Package scs keeps the sessions of github.com/alexedwards/scs/v2 in a
// sessionstore.Store, without importing scs:
//
//	store, err := open.URL(ctx, "bolt:sessions.db")
//	...
//	manager := scs.New()
//	manager.Store = scsadapter.New(store, scsadapter.Options{})
//
// (Import this package as scsadapter.) What survives a restart is up to the
// store; examples/scs is a whole program.
//
// Tokens are hashed and logouts are guarded: below is HashIDs(Guard(store)). A
// request that read its session before a logout and commits it afterwards does
// not bring it back. (scs sets its old cookie again all the same: who signed in
// meanwhile with that browser has to do so once more.) To sign out, Destroy the
// session: what Clear leaves is a session, which a slow request fills again. Of
// one that cannot be read scs does not keep the token, so that Destroy ends
// nothing: a program that can read it, such as the former version, would know its
// cookie until it expires.
//
// Leave SessionManager.HashTokenInStore off: it would hash a second time, and
// then Destroy within Iterate ends nothing.
//
// Sessions that several managers keep must not meet: give each manager its own
// [sessionstore.Namespace].
package scs

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/adapters/internal/managed"
)

// Options of a Store. The zero value works.
type Options struct {
	// Codec is the manager's. It may be left out where that is scs.GobCodec,
	// the default of scs. A session that it cannot decode is a visitor
	// without a session; scs alone would answer 500 until the cookie ends.
	Codec Codec

	// Timeout bounds each call but All, beside the request's context. Zero
	// or less means 2 seconds.
	Timeout time.Duration

	// GuardWindow is for how long a session that was ended cannot be
	// committed again, longer than any request takes. Zero or less means
	// [sessionstore.DefaultGuardWindow].
	GuardWindow time.Duration

	// OnError is told of sessions that count as absent because they cannot
	// be read. It runs on the request's goroutine. Nil means nobody.
	OnError func(error)

	// OnRefused is told of each commit that was refused, because the session
	// had been ended: a slow request met a logout. It runs on the request's
	// goroutine. Nil means nobody.
	OnRefused func()
}

// Store satisfies scs.Store, scs.CtxStore, scs.IterableStore and
// scs.IterableCtxStore.
type Store struct {
	sessions *managed.Store
	codec    Codec
	proven   atomic.Bool // the codec has decoded what the manager commits
}

// New returns a Store on s. It needs no Close, and never closes s.
func New(s sessionstore.Store, o Options) *Store {
	codec := o.Codec
	if codec == nil {
		codec = gobCodec{}
	}
	readable := func(data []byte) bool {
		_, _, err := codec.Decode(data)
		return err == nil
	}
	return &Store{codec: codec, sessions: managed.Sessions(s, managed.Options{
		GuardWindow: o.GuardWindow,
		Timeout:     o.Timeout,
		OnError:     o.OnError,
		OnRefused:   o.OnRefused,
		Readable:    readable,
	})}
}

// FindCtx returns the session's data. A token that is unknown, expired,
// malformed or a handle is not found, and so is a session that cannot be read.
func (s *Store) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	return s.sessions.Find(ctx, token)
}

// CommitCtx saves the session until expiry, at most for 400 days. Where expiry
// has passed the session is ended. A session that was ended stays so, without
// an error. More than [sessionstore.MaxDataBytes] is an error.
func (s *Store) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if !s.proven.Load() {
		if _, _, err := s.codec.Decode(data); err != nil {
			return errCodec
		}
		s.proven.Store(true)
	}
	_, err := s.sessions.Save(ctx, token, data, time.Until(expiry))
	return err
}

var errCodec = errors.New("scs: Options.Codec cannot decode what the manager commits: set it to SessionManager.Codec")

// DeleteCtx ends the session that has the token, or the handle by which AllCtx
// returned it; where there is none it does nothing. It goes on, within its
// time, when the request is cancelled: a user who signs out and closes the
// browser is signed out.
func (s *Store) DeleteCtx(ctx context.Context, token string) error {
	return s.sessions.Delete(ctx, token)
}

// AllCtx returns the data of all sessions, by handle: their tokens are not
// known. In SessionManager.Iterate a session can be read and destroyed, and a
// commit is an error. On memcached the error matches [errors.ErrUnsupported].
func (s *Store) AllCtx(ctx context.Context) (map[string][]byte, error) {
	return s.sessions.All(ctx)
}

// Find is FindCtx without a context. scs calls it where there is no FindCtx.
func (s *Store) Find(token string) (data []byte, found bool, err error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Store) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Store) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// All is AllCtx without a context, and so without a limit of time.
func (s *Store) All() (map[string][]byte, error) { return s.AllCtx(context.Background()) }
