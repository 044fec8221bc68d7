package httpsession

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
)

// record is what the store keeps of a session, as JSON.
type record[T any] struct {
	// Cookie is the name of the cookie for which the session was started. With
	// two Managers on one store, nobody can carry a session from the one to
	// the other.
	Cookie string `json:"cookie"`

	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Ends    time.Time `json:"ends"` // the absolute limit: only a shorter Options.Absolute moves it

	// Change counts the changes: of two states of one session, the one with
	// more is newer.
	Change uint64 `json:"change"`

	Flashes []string `json:"flashes,omitempty"`
	Value   T        `json:"value"`
}

// session is one state of a session. It does not change.
type session[T any] struct {
	id     string
	data   []byte // the record as it is stored
	record record[T]
}

// begin returns the first state of a session.
func (m *Manager[T]) begin(value T, flashes ...string) (*session[T], error) {
	now := m.now()
	return m.seal(sessionstore.NewID(), record[T]{
		Cookie:  m.opts.Cookie,
		Created: now,
		Seen:    now,
		Ends:    now.Add(m.opts.Absolute),
		Flashes: flashes,
		Value:   value,
	})
}

// next returns the state that follows s under id after change, in use now.
func (m *Manager[T]) next(s *session[T], id string, change func(rec *record[T]) error) (*session[T], error) {
	now := m.now()
	if m.ended(s.record, now) {
		return nil, ErrNoSession
	}
	rec, err := m.open(s.data) // a copy that shares nothing with s
	if err != nil {
		return nil, err
	}
	if err := change(&rec); err != nil {
		return nil, err
	}
	rec.Seen = now
	rec.Change++
	return m.seal(id, rec)
}

// seal encodes a record. The state holds what a reader of the store would get.
func (m *Manager[T]) seal(id string, rec record[T]) (*session[T], error) {
	data, err := json.Marshal(rec)
	if unsupported, ok := errors.AsType[*json.UnsupportedTypeError](err); ok {
		return nil, &mistake{unsupported}
	}
	if err != nil { // it may quote the value
		return nil, &mistake{fmt.Errorf("a %T cannot be encoded as JSON", rec.Value)}
	}
	if rec, err = m.open(data); err != nil {
		return nil, err
	}
	return &session[T]{id: id, data: data, record: rec}, nil
}

// open decodes a record, with the absolute limit of now. Where it cannot, the
// error matches ErrCorrupt and does not say more: it would quote what is stored.
func (m *Manager[T]) open(data []byte) (rec record[T], err error) {
	if json.Unmarshal(data, &rec) != nil || rec.Ends.IsZero() {
		return record[T]{}, fmt.Errorf("it is no session of a %T: %w", rec.Value, sessionstore.ErrCorrupt)
	}
	if ends := rec.Created.Add(m.opts.Absolute); ends.Before(rec.Ends) {
		rec.Ends = ends // the limit was longer when the session began
	}
	return rec, nil
}

// ended reports whether one of the limits is reached. The store keeps the idle
// limit as well, by its own clock.
func (m *Manager[T]) ended(rec record[T], now time.Time) bool {
	return !now.Before(m.idleEnds(rec))
}

// idleEnds is when the session ends if nobody uses it.
func (m *Manager[T]) idleEnds(rec record[T]) time.Time {
	if idle := rec.Seen.Add(m.opts.Idle); idle.Before(rec.Ends) {
		return idle
	}
	return rec.Ends
}

// ttl is for how long the store is to keep s, which was just made.
func (m *Manager[T]) ttl(s *session[T]) time.Duration {
	return m.idleEnds(s.record).Sub(s.record.Seen)
}
