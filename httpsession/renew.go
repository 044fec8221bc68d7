package httpsession

import (
	"context"
	"errors"
	"net/http"

	"github.com/coatcheck/sessionstore"
)

// Renew moves the request's session to a new id and sets its cookie: now and
// then, and when its user gets more rights, so that an id which leaked is worth
// nothing. The value and the absolute limit stay. Of several renewals with one
// cookie one succeeds. Call it before the response is written.
//
// It returns [ErrNoSession] where the request has no session, or another renewal
// or an End was faster; the cookie is left alone, since the other response has
// set it. What the browser asks with the old cookie at the same time has no
// session, either. After [sessionstore.ErrUnknownOutcome] the session may have moved
// or ended without its browser, and its user has to sign in again; this request
// keeps the Value that it had. After any other error the session is what it was.
func (m *Manager[T]) Renew(w http.ResponseWriter, r *http.Request) error {
	st, err := m.state(r)
	if err != nil {
		return err
	}
	s, _ := st.get()
	if s == nil {
		return ErrNoSession
	}
	ctx, cancel := m.bounded(r)
	defer cancel()
	renewed, err := m.renew(ctx, s)
	if err = wrap("renew", err); err != nil {
		if errors.Is(err, ErrNoSession) {
			st.lose(s.id)
		}
		return err
	}
	st.enter(renewed)
	m.give(w, renewed)
	return nil
}

func (m *Manager[T]) renew(ctx context.Context, s *session[T]) (renewed *session[T], err error) {
	id := sessionstore.NewID()
	if err := m.announce(ctx, m.handle(s.id), m.handle(id)); err != nil {
		return nil, err
	}
	err = m.retry(ctx, s, func(s *session[T]) error {
		if renewed, err = m.next(s, id, func(*record[T]) error { return nil }); err != nil {
			return err
		}
		return m.move(ctx, s, renewed)
	})
	return renewed, err
}

// move stores a session under its new id and ends the old one.
func (m *Manager[T]) move(ctx context.Context, from, to *session[T]) error {
	if owner := m.owner(to.record.Value); owner != "" {
		return m.owners.Renew(ctx, owner, from.id, to.id, from.data, to.data, m.ttl(to))
	}
	return sessionstore.RotateSwap(ctx, m.store, from.id, to.id, from.data, to.data, m.ttl(to))
}
