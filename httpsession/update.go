package httpsession

import (
	"context"
	"errors"
	"net/http"

	"github.com/coatcheck/sessionstore"
)

// Update changes the value of the request's session with f, at once: when it
// returns nil the change is stored, and Value sees it. Where another request
// was faster, Update reads again and calls f again with what is there then: f
// may run many times, and should do nothing else. No update is lost.
//
// It returns [ErrNoSession] where the request has no session or it was ended
// meanwhile, an error of f as it is, and the store's where the change could not
// be stored; [sessionstore.ErrUnknownOutcome] says that it may have been. f must
// not change the owner: Start does.
func (m *Manager[T]) Update(r *http.Request, f func(value *T) error) error {
	return m.change(r, "update", func(rec *record[T]) error {
		owner := m.owner(rec.Value)
		if err := f(&rec.Value); err != nil {
			return &callersError{err}
		}
		if m.owner(rec.Value) != owner {
			return &callersError{errOwnerChanged}
		}
		return nil
	})
}

// callersError carries an error of the caller's through, as it is.
type callersError struct{ err error }

func (e *callersError) Error() string { return e.err.Error() }

// change is Update of everything that is stored.
func (m *Manager[T]) change(r *http.Request, op string, f func(rec *record[T]) error) error {
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
	changed, err := m.persist(ctx, s, f)
	if err == nil {
		st.advance(changed)
		return nil
	}
	if own, ok := errors.AsType[*callersError](err); ok {
		return own.err
	}
	if err = wrap(op, err); errors.Is(err, ErrNoSession) {
		st.lose(s.id)
	}
	return err
}

// persist swaps until no other is faster. The first attempt needs no read: the
// request has what was stored a moment ago.
func (m *Manager[T]) persist(ctx context.Context, s *session[T], f func(rec *record[T]) error) (changed *session[T], err error) {
	err = m.retry(ctx, s, func(s *session[T]) error {
		changed, err = m.swap(ctx, s, f)
		return err
	})
	return changed, err
}

// swap stores the state that follows s, if s is what the store has.
func (m *Manager[T]) swap(ctx context.Context, s *session[T], f func(rec *record[T]) error) (*session[T], error) {
	changed, err := m.next(s, s.id, f)
	if err != nil {
		return nil, err
	}
	err = sessionstore.CompareAndSwap(ctx, m.store, s.id, s.data, changed.data, m.ttl(changed))
	return changed, err
}
