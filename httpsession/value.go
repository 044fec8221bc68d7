package httpsession

import (
	"net/http"
	"time"
)

// Session is a session as an application sees it.
type Session[T any] struct {
	// Handle names the session in a list of an owner's. It opens nothing and
	// may be shown; it is safe in a path and in a form. A renewal changes it.
	Handle string

	// Value is what the application keeps in it, and is for reading: what it
	// points to is shared by the request.
	Value T

	// Created is when the session was started, Seen when its last noted use
	// was: up to a twentieth of Options.Idle before the last one.
	Created, Seen time.Time

	// IdleEnds is when the session ends if nobody uses it, Ends when it does
	// in any case.
	IdleEnds, Ends time.Time

	// Current says that it is the session of this request.
	Current bool
}

// Value returns what the request's session holds, and whether it has one. It
// sees what Start and Update of this request have stored. It is for reading:
// Update changes a session. A request that did not pass Load has none, of which
// OnError learns.
func (m *Manager[T]) Value(r *http.Request) (value T, ok bool) {
	if s := m.current(r); s != nil {
		return s.record.Value, true
	}
	return value, false
}

// Current returns the request's session with its times, and whether it has one.
func (m *Manager[T]) Current(r *http.Request) (Session[T], bool) {
	s := m.current(r)
	if s == nil {
		return Session[T]{}, false
	}
	return m.show(m.handle(s.id), s.record, true), true
}

// current returns the state of the request's session, or nil.
func (m *Manager[T]) current(r *http.Request) *session[T] {
	st, err := m.state(r)
	if err != nil {
		m.report(r, err)
		return nil
	}
	s, _ := st.get()
	return s
}

func (m *Manager[T]) show(handle string, rec record[T], current bool) Session[T] {
	return Session[T]{
		Handle:   handle,
		Value:    rec.Value,
		Created:  rec.Created,
		Seen:     rec.Seen,
		IdleEnds: m.idleEnds(rec),
		Ends:     rec.Ends,
		Current:  current,
	}
}
