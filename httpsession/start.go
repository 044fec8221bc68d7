package httpsession

import (
	"context"
	"errors"
	"net/http"

	"github.com/coatcheck/sessionstore"
)

// Start begins a session that holds value, always under a new id, sets its
// cookie, and ends the session that the browser had until now: after a sign-in,
// or for a visitor of whom the application wants to remember something. The new
// session has value alone: what is to stay of the former, such as a basket, is
// for the caller to put in, and messages of Flash are gone. Call it before the
// response is written.
//
// A user who is signed in and signs in again has one session, not two, also for
// Options.MaxSessions.
//
// After an error the browser has what it had: no cookie is set. (Where the
// store's reply was lost its former session may have ended.)
func (m *Manager[T]) Start(w http.ResponseWriter, r *http.Request, value T) error {
	st, err := m.state(r)
	if err != nil {
		return err
	}
	ctx, cancel := m.bounded(r)
	defer cancel()
	return wrap("start", m.start(ctx, w, st, value))
}

func (m *Manager[T]) start(ctx context.Context, w http.ResponseWriter, st *state[T], value T, flashes ...string) error {
	s, err := m.begin(value, flashes...)
	if err != nil {
		return err
	}
	former, id := st.get()
	if err := m.create(ctx, s, former); err != nil {
		return err
	}
	if err := m.endFormer(ctx, former, id); err != nil {
		return errors.Join(err, m.takeBack(ctx, s))
	}
	m.unlist(ctx, former)
	st.enter(s)
	m.give(w, s)
	return nil
}

// create stores a new session, which takes the place of former if there is one.
// Where the outcome is unknown it may be there until its idle limit, and nobody
// knows its id.
func (m *Manager[T]) create(ctx context.Context, s, former *session[T]) error {
	owner := m.owner(s.record.Value)
	switch {
	case owner == "":
		return sessionstore.Create(ctx, m.store, s.id, s.data, m.ttl(s))
	case former != nil && m.owner(former.record.Value) == owner:
		return m.owners.StartInstead(ctx, owner, former.id, s.id, s.data, m.ttl(s))
	}
	return m.owners.Start(ctx, owner, s.id, s.data, m.ttl(s))
}

// endFormer ends what the browser had until now. It leaves half of the time for
// taking the new session back.
func (m *Manager[T]) endFormer(ctx context.Context, former *session[T], id string) error {
	ctx, cancel := half(ctx)
	defer cancel()
	if former != nil {
		// For Flash of a request that comes too late. A sign-in does not
		// fail for its sake.
		_ = sessionstore.Create(ctx, m.successors, m.handle(id), []byte(replaced), successorTTL)
	}
	return m.end(ctx, id)
}

// takeBack ends a session that nobody has been given.
func (m *Manager[T]) takeBack(ctx context.Context, s *session[T]) error {
	err := m.store.Delete(ctx, s.id)
	m.unlist(ctx, s)
	return err
}
