package httpsession

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/coatcheck/sessionstore"
)

// Sessions returns the sessions of this request's owner, the oldest first: where
// a user is signed in. It returns [ErrNoSession] where the request's session has
// no owner. A session that cannot be read is listed with the zero value, so that
// it can be ended, and reported to OnError.
func (m *Manager[T]) Sessions(r *http.Request) ([]Session[T], error) {
	_, s, err := m.owned(r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := m.bounded(r)
	defer cancel()
	listed, err := m.owners.List(ctx, m.owner(s.record.Value))
	if err != nil {
		return nil, wrap("sessions", err)
	}
	own := m.handle(s.id)
	var sessions []Session[T]
	for _, l := range listed {
		handle := strings.TrimPrefix(l.Handle, m.mark)
		rec, err := m.open(l.Data)
		if err != nil {
			m.report(r, wrap("sessions", err))
			sessions = append(sessions, Session[T]{Handle: handle, Created: l.Started, Current: handle == own})
		} else if !m.ended(rec, m.now()) {
			sessions = append(sessions, m.show(handle, rec, handle == own))
		}
	}
	return sessions, nil
}

// EndSession ends that session of this request's owner which has the handle,
// also while it is renewed. The error matches [sessionstore.ErrNotFound] where the
// owner has no such session, or has no more under that handle: nobody can end
// another's. Answer that with 404, since Fail would say 500. For the request's
// own use End, which takes the cookie as well.
func (m *Manager[T]) EndSession(r *http.Request, handle string) error {
	st, s, err := m.owned(r)
	if err != nil {
		return err
	}
	ctx, cancel := m.bounded(r)
	defer cancel()
	if err := m.owners.End(ctx, m.owner(s.record.Value), m.mark+handle); err != nil {
		if errors.Is(err, sessionstore.ErrNotFound) {
			return fmt.Errorf("httpsession: end session: %w", err)
		}
		return wrap("end session", err)
	}
	if handle == m.handle(s.id) {
		st.drop(s.id)
	}
	return nil
}

// EndOthers ends all sessions of this request's owner but the request's own, and
// returns how many: "sign out everywhere else", and after a new password. A
// renewal of the request's own that is under way lives; one that another request
// finished meanwhile counts as another session. It returns [ErrNoSession] where
// the request's session has no owner.
func (m *Manager[T]) EndOthers(r *http.Request) (int, error) {
	_, s, err := m.owned(r)
	if err != nil {
		return 0, err
	}
	ctx, cancel := m.bounded(r)
	defer cancel()
	owner := m.owner(s.record.Value)
	m.tidy(ctx, owner)
	n, err := m.owners.EndOthers(ctx, owner, s.id)
	return n, wrap("end others", err)
}

// EndOwner ends all sessions of an owner and returns how many were listed, also
// of those that had run out: for a closed account, or a user who asks for help.
// ctx bounds it alone.
func (m *Manager[T]) EndOwner(ctx context.Context, owner string) (int, error) {
	if m.opts.Owner == nil {
		return 0, errNoOwners
	}
	n, err := m.owners.EndAll(ctx, m.list(owner))
	return n, wrap("end owner", err)
}

// tidy frees an owner's list of sessions that have run out, which EndOthers
// would count. Where it fails, or half of the time is over, the count is too
// high, and no more.
func (m *Manager[T]) tidy(ctx context.Context, owner string) {
	ctx, cancel := half(ctx)
	defer cancel()
	_, _ = m.owners.List(ctx, owner)
}

// owned returns the request's session, which has an owner.
func (m *Manager[T]) owned(r *http.Request) (*state[T], *session[T], error) {
	if m.opts.Owner == nil {
		return nil, nil, errNoOwners
	}
	st, err := m.state(r)
	if err != nil {
		return nil, nil, err
	}
	s, _ := st.get()
	if s == nil || m.owner(s.record.Value) == "" {
		return nil, nil, ErrNoSession
	}
	return st, s, nil
}
