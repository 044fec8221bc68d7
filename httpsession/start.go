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
// After an error the browser has what it had: no cookie is set. (Where the
// store's reply was lost its former session may have ended.)
func (m *Manager[T]) Start(w http.ResponseWriter, r *http.Request, value T) error {
	return wrap("start", m.start(w, r, value))
}

func (m *Manager[T]) start(w http.ResponseWriter, r *http.Request, value T, flashes ...string) error {
	st, err := m.state(r)
	if err != nil {
		return err
	}
	s, err := m.begin(value, flashes...)
	if err != nil {
		return err
	}
	ctx, cancel := m.bounded(r)
	defer cancel()
	if err := m.create(ctx, s); err != nil {
		return err
	}
	former, id := st.get()
	if err := m.end(ctx, id); err != nil {
		return errors.Join(err, m.store.Delete(ctx, s.id)) // nobody knows it
	}
	m.unlist(ctx, former)
	st.enter(s)
	m.give(w, s)
	return nil
}

// create stores a new session. Where the outcome is unknown it may be there
// until its idle limit, and nobody knows its id.
func (m *Manager[T]) create(ctx context.Context, s *session[T]) error {
	if owner := m.owner(s.record.Value); owner != "" {
		return m.owners.Start(ctx, owner, s.id, s.data, m.ttl(s))
	}
	return sessionstore.Create(ctx, m.store, s.id, s.data, m.ttl(s))
}
