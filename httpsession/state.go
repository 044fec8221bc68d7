package httpsession

import (
	"context"
	"net/http"
	"sync"
)

// state is what a request knows of its session. Handlers may use several
// goroutines, and call the Manager within a function that they pass to Update:
// the lock is never held while anything else runs.
type state[T any] struct {
	mu      sync.Mutex
	cookie  string      // the id that the client has, or gets in this response; guarded by mu
	session *session[T] // nil without a live one; guarded by mu
	lost    bool        // another request has ended or moved it; guarded by mu
}

// stateKey is the key of a request's context. Two Managers have two.
type stateKey[T any] struct{ m *Manager[T] }

// state returns what Load knows of the request.
func (m *Manager[T]) state(r *http.Request) (*state[T], error) {
	if st, ok := r.Context().Value(stateKey[T]{m}).(*state[T]); ok {
		return st, nil
	}
	return nil, errNotLoaded
}

func (m *Manager[T]) withState(r *http.Request, st *state[T]) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), stateKey[T]{m}, st))
}

// get returns the session, or nil, and the id in the cookie, or nothing.
func (st *state[T]) get() (*session[T], string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.session, st.cookie
}

// enter makes s the session of the request, with a new cookie.
func (st *state[T]) enter(s *session[T]) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.session, st.cookie, st.lost = s, s.id, false
}

// advance notes a newer state of the session that the request has.
func (st *state[T]) advance(s *session[T]) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if now := st.session; now != nil && now.id == s.id && now.record.Change < s.record.Change {
		st.session = s
	}
}

// lose notes that another request has ended or moved the session under id. By
// now the client may have another cookie.
func (st *state[T]) lose(id string) { st.without(id, true) }

// drop notes that this request has ended the session under id. The client still
// has the id.
func (st *state[T]) drop(id string) { st.without(id, false) }

func (st *state[T]) without(id string, lost bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.session != nil && st.session.id == id {
		st.session, st.lost = nil, lost
	}
}

// isLost reports whether another request has ended or moved the session.
func (st *state[T]) isLost() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.lost
}

// leave notes that the client has no session and no cookie any more.
func (st *state[T]) leave() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.session, st.cookie, st.lost = nil, "", false
}
