package httpsession

import (
	"context"
	"errors"
	"net/http"

	"github.com/coatcheck/sessionstore"
)

// maxFlashes is how many messages a session keeps. The oldest make room.
const maxFlashes = 20

// Flash leaves a message that the next Flashes of this browser returns, once:
// "your order was sent", on the page to which the user is led on. Where the
// request has no session, a visitor's begins, with the zero value. Call it
// before the response is written, and after Start, whose session begins without
// messages. Of more than 20 messages the oldest are forgotten.
//
// It returns [ErrNoSession] where another request renewed the session of this
// one's cookie in the last minute, or signed in in its place, and where the
// session was ended meanwhile: the browser has another cookie by now, which a
// visitor's must not replace.
func (m *Manager[T]) Flash(w http.ResponseWriter, r *http.Request, message string) error {
	st, err := m.state(r)
	if err != nil {
		return err
	}
	if s, cookie := st.get(); s == nil {
		ctx, cancel := m.bounded(r)
		defer cancel()
		return wrap("flash", m.welcome(ctx, w, st, cookie, message))
	}
	return m.change(r, "flash", func(rec *record[T]) error {
		rec.Flashes = append(rec.Flashes, message)
		rec.Flashes = rec.Flashes[max(0, len(rec.Flashes)-maxFlashes):]
		return nil
	})
}

// welcome begins a visitor's session with a message, unless the browser has
// another cookie by now.
func (m *Manager[T]) welcome(ctx context.Context, w http.ResponseWriter, st *state[T], cookie, message string) error {
	if st.isLost() {
		return ErrNoSession
	}
	hasTrace, err := m.hasTrace(ctx, cookie)
	if err != nil {
		return err
	}
	if hasTrace {
		return ErrNoSession
	}
	var nobody T
	return m.start(ctx, w, st, nobody, message)
}

// hasTrace reports whether a renewal or a Start of another request has left a
// trace of the session of the cookie.
func (m *Manager[T]) hasTrace(ctx context.Context, cookie string) (bool, error) {
	if cookie == "" {
		return false, nil
	}
	_, err := m.successors.Get(ctx, m.handle(cookie))
	if errors.Is(err, sessionstore.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Flashes returns the messages that Flash left, the oldest first, and forgets
// them: of two requests at once one gets each. It asks the store only where
// there are any. A request without a session has none.
func (m *Manager[T]) Flashes(r *http.Request) (messages []string, err error) {
	st, err := m.state(r)
	if err != nil {
		return nil, err
	}
	if s, _ := st.get(); s == nil || len(s.record.Flashes) == 0 {
		return nil, nil
	}
	err = m.change(r, "flashes", func(rec *record[T]) error {
		messages, rec.Flashes = rec.Flashes, nil
		return nil
	})
	switch {
	case errors.Is(err, ErrNoSession):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return messages, nil
}
