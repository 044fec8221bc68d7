package httpsession

import (
	"context"
	"errors"
	"net/http"

	"github.com/coatcheck/sessionstore"
)

// slidesPerIdle is how many times an idle limit the use of a session is noted
// at most.
const slidesPerIdle = 20

// Load gives the requests to next their sessions. It reads the session of the
// cookie with one Get, and once in a twentieth of Options.Idle it notes with one
// swap that the session is in use. A request without a cookie costs nothing.
//
// A cookie that is unknown, expired or malformed is a visitor without a
// session, and is never adopted; so is a session that cannot be read, which
// OnError learns of. Load never sets a cookie: a slow answer about an old
// session must not overwrite the cookie of a new one. Where the store fails or
// is too slow, Options.Unavailable answers in place of next.
//
// Responses are marked Cache-Control: no-store. A handler whose answer does not
// depend on who asks may set something else.
func (m *Manager[T]) Load(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := m.state(r); err == nil { // one Load is enough
			next.ServeHTTP(w, r)
			return
		}
		noStore(w)
		st, err := m.load(r)
		if err != nil {
			m.Fail(w, r, err)
			return
		}
		next.ServeHTTP(w, m.withState(r, st))
	})
}

func (m *Manager[T]) load(r *http.Request) (*state[T], error) {
	st := &state[T]{cookie: m.cookieID(r)}
	if st.cookie == "" {
		return st, nil
	}
	ctx, cancel := m.bounded(r)
	defer cancel()
	found, err := m.fetch(ctx, st.cookie)
	switch {
	case errors.Is(err, ErrNoSession):
		return st, nil
	case errors.Is(err, sessionstore.ErrCorrupt):
		m.report(r, wrap("load", err))
		return st, nil
	case err != nil:
		return nil, wrap("load", err)
	}
	st.session = m.slide(ctx, r, found)
	st.lost = st.session == nil
	return st, nil
}

// fetch reads the session under id, or returns ErrNoSession.
func (m *Manager[T]) fetch(ctx context.Context, id string) (*session[T], error) {
	data, err := m.store.Get(ctx, id)
	if errors.Is(err, sessionstore.ErrNotFound) {
		return nil, ErrNoSession
	}
	if err != nil {
		return nil, err
	}
	rec, err := m.open(data)
	if err != nil {
		return nil, err
	}
	if rec.Cookie != m.opts.Cookie || m.ended(rec, m.now()) {
		return nil, ErrNoSession
	}
	return &session[T]{id: id, data: data, record: rec}, nil
}

// slide notes that s is in use, unless somebody just has, and returns it as it
// is then; nil where it has ended meanwhile.
func (m *Manager[T]) slide(ctx context.Context, r *http.Request, s *session[T]) *session[T] {
	if m.now().Sub(s.record.Seen) < m.opts.Idle/slidesPerIdle {
		return s
	}
	seen, err := m.swap(ctx, s, func(*record[T]) error { return nil })
	switch {
	case err == nil:
		return seen
	case errors.Is(err, ErrNoSession), errors.Is(err, sessionstore.ErrNotFound):
		return nil
	case errors.Is(err, sessionstore.ErrConflict): // whoever was faster has noted it
		return s
	}
	// The session is live, only shorter than it could be: no reason to send
	// its user away.
	m.report(r, wrap("load", err))
	return s
}
