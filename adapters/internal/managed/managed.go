// Package managed is what the adapters have in common: a Store as session
// managers expect one.
//
// A manager hands over whatever a browser sent as a key, wants "not there" to
// be no error, and saves with an upsert. So here any string is a key, a record
// that cannot be read is not there, every call ends in time, and a save cannot
// undo a logout: below is HashIDs(Guard(store)).
package managed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
)

// DefaultTimeout bounds a call unless Options.Timeout says otherwise.
const DefaultTimeout = 2 * time.Second

// Options of a Store. The zero value works.
type Options struct {
	// GuardWindow is that of sessionstore.Guard; zero or less means its
	// default.
	GuardWindow time.Duration

	// Timeout bounds each call; zero or less means DefaultTimeout.
	Timeout time.Duration

	// OnError is told what the manager does not learn of; nil means nobody.
	OnError func(error)

	// OnRefused is told of each Save that is refused; nil means nobody.
	OnRefused func()

	// Readable reports whether the manager can decode data; nil means that
	// it can.
	Readable func(data []byte) bool
}

// Store is a sessionstore.Store for a session manager.
type Store struct {
	inner     sessionstore.Store
	handles   bool // keys may be handles
	timeout   time.Duration
	onError   func(error)
	onRefused func()
	readable  func([]byte) bool
}

// Sessions returns a Store of sessions on s: a Save cannot undo a Delete, and
// Delete takes handles.
func Sessions(s sessionstore.Store, o Options) *Store {
	m := Records(sessionstore.Guard(s, o.GuardWindow), o)
	m.handles = true
	return m
}

// Records returns a Store of other records on s, which may be saved again
// after they were deleted.
func Records(s sessionstore.Store, o Options) *Store {
	m := &Store{
		inner:     sessionstore.HashIDs(s),
		timeout:   o.Timeout,
		onError:   o.OnError,
		onRefused: o.OnRefused,
		readable:  o.Readable,
	}
	if m.timeout <= 0 {
		m.timeout = DefaultTimeout
	}
	if m.onError == nil {
		m.onError = func(error) {}
	}
	if m.onRefused == nil {
		m.onRefused = func() {}
	}
	if m.readable == nil {
		m.readable = func([]byte) bool { return true }
	}
	return m
}

// Find returns the data under key. What has expired, what cannot be read, and
// what a handle names is not found.
func (m *Store) Find(ctx context.Context, key string) (data []byte, found bool, err error) {
	data, found, err = m.Read(ctx, key)
	if errors.Is(err, sessionstore.ErrCorrupt) {
		return nil, false, nil
	}
	return data, found, err
}

// Read is Find that tells what cannot be read, with ErrCorrupt, from what is not
// there. OnError has learnt of it.
func (m *Store) Read(ctx context.Context, key string) (data []byte, found bool, err error) {
	if key == "" || m.isHandle(key) {
		return nil, false, nil
	}
	ctx, cancel := m.bound(ctx)
	defer cancel()
	data, err = m.inner.Get(ctx, name(key))
	switch {
	case errors.Is(err, sessionstore.ErrNotFound):
		return nil, false, nil
	case errors.Is(err, sessionstore.ErrCorrupt):
		m.onError(err)
		return nil, false, err
	case err != nil:
		return nil, false, err
	case !m.readable(data):
		return nil, false, m.Unreadable()
	}
	return data, true, nil
}

// Save keeps data under key for ttl, at most for sessionstore.MaxTTL; a ttl
// that is not above zero means that the record is over, and it is deleted.
// refused reports that nothing was saved because the session was ended.
func (m *Store) Save(ctx context.Context, key string, data []byte, ttl time.Duration) (refused bool, err error) {
	switch {
	case key == "":
		return false, fmt.Errorf("save: %w", sessionstore.ErrInvalidID)
	case m.isHandle(key):
		return false, errListed
	case ttl <= 0:
		return false, m.Remove(ctx, key)
	}
	ctx, cancel := m.bound(ctx)
	defer cancel()
	watched := sessionstore.Observe(m.inner, func(ctx context.Context, _ sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		return ctx, func(o sessionstore.Outcome) { refused = o.Refused }
	})
	if err = watched.Set(ctx, name(key), data, min(ttl, sessionstore.MaxTTL)); refused {
		m.onRefused()
	}
	return refused, err
}

var errListed = errors.New("save: the key is the handle of a listed session, whose id nobody knows: it can be read and ended, but not changed")

// Delete ends what is under key, or the session that has key as its handle. It
// goes on where the client has hung up: the user wanted to be signed out.
func (m *Store) Delete(ctx context.Context, key string) error {
	ctx, cancel := m.outlast(ctx)
	defer cancel()
	return m.remove(ctx, key)
}

// Remove is Delete for a manager that wants a cancelled call to do nothing.
func (m *Store) Remove(ctx context.Context, key string) error {
	ctx, cancel := m.bound(ctx)
	defer cancel()
	return m.remove(ctx, key)
}

func (m *Store) remove(ctx context.Context, key string) error {
	if key == "" {
		return nil
	}
	if !m.isHandle(key) {
		return m.inner.Delete(ctx, name(key))
	}
	err := m.inner.Delete(ctx, key)
	if errors.Is(err, sessionstore.ErrInvalidID) {
		return nil // it only looks like a handle, and names nothing
	}
	return err
}

// All returns the data of every session by its handle. It has no timeout but
// ctx's. Records that cannot be read are left out.
func (m *Store) All(ctx context.Context) (map[string][]byte, error) {
	found := map[string][]byte{}
	for session, err := range sessionstore.All(plain(ctx), m.inner) {
		switch {
		case errors.Is(err, sessionstore.ErrCorrupt):
			m.onError(err)
		case err != nil:
			return nil, err
		case !m.readable(session.Data):
			_ = m.Unreadable() // others can be
		default:
			found[session.ID] = session.Data
		}
	}
	return found, nil
}

// Clear removes all records of the store, as sessionstore.Clear does.
func (m *Store) Clear(ctx context.Context) error {
	return sessionstore.Clear(plain(ctx), m.inner)
}

// Unreadable reports to Options.OnError that the manager cannot decode a
// record, and returns what it reports. It says no more: what a decoder says may
// quote the record.
func (m *Store) Unreadable() error {
	m.onError(errUndecodable)
	return errUndecodable
}

var errUndecodable = fmt.Errorf("a session cannot be decoded and counts as absent: %w "+
	"(was a type in it renamed, or is it not given to gob.Register?)", sessionstore.ErrCorrupt)
