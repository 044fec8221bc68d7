package sessionstore

import (
	"context"
	"iter"
	"time"
)

// Session is one session as [All] lists it.
type Session struct {
	// ID names the session to the store that listed it.
	ID string

	// Data belongs to the caller.
	Data []byte

	// ExpiresAt is when the session ends, by the caller's clock, and
	// approximately: the backend's clock decides.
	ExpiresAt time.Time
}

// A Lister lists its sessions.
type Lister interface {
	Store

	// All yields every session that lives from the call to the end of the
	// iteration, at least once, and perhaps some that begin or end meanwhile;
	// none that has expired when it is read, and no record of a namespace
	// (List/All). It holds a bounded part of them in memory and never blocks
	// the backend for long, so it is no snapshot.
	//
	// A record that cannot be read is yielded as its ID with [ErrCorrupt],
	// and the iteration goes on. Any other error, such as the end of ctx, is
	// the last thing that is yielded.
	All(ctx context.Context) iter.Seq2[Session, error]
}

// All lists the sessions of s. See [Lister].
func All(ctx context.Context, s Store) iter.Seq2[Session, error] {
	if l, ok := s.(Lister); ok {
		return l.All(ctx)
	}
	return failed(unsupported("list", s))
}

// failed is an iteration that has nothing but an error.
func failed(err error) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) { yield(Session{}, err) }
}
