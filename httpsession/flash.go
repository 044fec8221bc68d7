package httpsession

import (
	"errors"
	"net/http"
)

// maxFlashes is how many messages a session keeps. The oldest make room.
const maxFlashes = 20

// Flash leaves a message that the next Flashes of this browser returns, once:
// "your order was sent", on the page to which the user is led on. Where the
// request has no session, a visitor's begins, with the zero value. Call it
// before the response is written. Of more than 20 messages the oldest are
// forgotten.
func (m *Manager[T]) Flash(w http.ResponseWriter, r *http.Request, message string) error {
	err := m.change(r, "flash", func(rec *record[T]) error {
		rec.Flashes = append(rec.Flashes, message)
		rec.Flashes = rec.Flashes[max(0, len(rec.Flashes)-maxFlashes):]
		return nil
	})
	if errors.Is(err, ErrNoSession) {
		var nobody T
		return wrap("flash", m.start(w, r, nobody, message))
	}
	return err
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
