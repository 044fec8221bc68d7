package httpsession

import (
	"context"
	"net/http"
)

// End ends the request's session and makes the client forget its cookie: a sign
// out. It does the same for a session that is gone already, a cookie that is
// none, and no cookie at all. What a renewal makes of the session at the same
// time, or made of it in the last minute, ends too. Call it before the response
// is written.
//
// After an error the session may live, and the cookie stays, so that the user
// can try again.
func (m *Manager[T]) End(w http.ResponseWriter, r *http.Request) error {
	st, err := m.state(r)
	if err != nil {
		return err
	}
	ctx, cancel := m.bounded(r)
	defer cancel()
	s, id := st.get()
	if err := m.end(ctx, id); err != nil {
		return wrap("end", err)
	}
	m.unlist(ctx, s)
	st.leave()
	m.expire(w)
	return nil
}

// end deletes the session under id, if there is one, and then what it became.
// The order matters: a renewal that leaves its trace after this has looked for
// one finds nothing to move.
func (m *Manager[T]) end(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	for handles := []string{m.handle(id)}; len(handles) > 0; handles = handles[1:] {
		if err := m.store.Delete(ctx, m.mark+handles[0]); err != nil {
			return err
		}
		successors, err := m.successorsOf(ctx, handles[0])
		if err != nil {
			return err
		}
		handles = append(handles, successors...)
	}
	return nil
}

// unlist takes a session that was ended off its owner's list, where it would
// count as one of MaxSessions for a while. An entry that stays vanishes by
// itself.
func (m *Manager[T]) unlist(ctx context.Context, s *session[T]) {
	if s == nil || m.owner(s.record.Value) == "" {
		return
	}
	_ = m.owners.End(ctx, m.owner(s.record.Value), m.mark+m.handle(s.id))
}
