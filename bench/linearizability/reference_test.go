package linearizability

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// reference is a store that is right and as simple as can be: each operation
// is one step under one lock. What is expired stays in the map, as in a
// backend before its sweep. The broken stores are made of it.
type reference struct {
	mu      sync.Mutex
	records map[string]record // guarded by mu
}

type record struct {
	data  []byte
	until time.Time
}

func newReference() *reference { return &reference{records: make(map[string]record)} }

// change runs one step: f gets the live session under id, or false, and
// returns what to leave there.
func (s *reference) change(id string, f func(r record, live bool) (record, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[id]
	after, err := f(r, ok && time.Now().Before(r.until))
	if err != nil {
		return err
	}
	s.records[id] = after
	return nil
}

func newRecord(data []byte, ttl time.Duration) record {
	return record{bytes.Clone(data), time.Now().Add(ttl)}
}

func (s *reference) Get(_ context.Context, id string) (data []byte, err error) {
	err = s.change(id, func(r record, live bool) (record, error) {
		if !live {
			return r, sessionstore.ErrNotFound
		}
		data = r.data
		return r, nil
	})
	return data, err
}

func (s *reference) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	return s.change(id, func(record, bool) (record, error) { return newRecord(data, ttl), nil })
}

func (s *reference) Touch(ctx context.Context, id string, ttl time.Duration) error {
	_, err := s.GetAndTouch(ctx, id, ttl)
	return err
}

func (s *reference) Delete(_ context.Context, id string) error {
	return s.change(id, func(record, bool) (record, error) { return record{}, nil })
}

func (s *reference) Create(_ context.Context, id string, data []byte, ttl time.Duration) error {
	return s.change(id, func(r record, live bool) (record, error) {
		if live {
			return r, sessionstore.ErrExists
		}
		return newRecord(data, ttl), nil
	})
}

func (s *reference) Replace(_ context.Context, id string, data []byte, ttl time.Duration) error {
	return s.change(id, func(r record, live bool) (record, error) {
		if !live {
			return r, sessionstore.ErrNotFound
		}
		return newRecord(data, ttl), nil
	})
}

func (s *reference) CompareAndSwap(_ context.Context, id string, old, new []byte, ttl time.Duration) error {
	return s.change(id, func(r record, live bool) (record, error) {
		if err := expects(r, live, old); err != nil {
			return r, err
		}
		return newRecord(new, ttl), nil
	})
}

func expects(r record, live bool, data []byte) error {
	switch {
	case !live:
		return sessionstore.ErrNotFound
	case !bytes.Equal(r.data, data):
		return sessionstore.ErrConflict
	}
	return nil
}

func (s *reference) GetAndTouch(_ context.Context, id string, ttl time.Duration) (data []byte, err error) {
	err = s.change(id, func(r record, live bool) (record, error) {
		if !live {
			return r, sessionstore.ErrNotFound
		}
		data = r.data
		return newRecord(r.data, ttl), nil
	})
	return data, err
}

func (s *reference) RotateSwap(_ context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	from, to := s.records[oldID], s.records[newID]
	if err := expects(from, now.Before(from.until), old); err != nil {
		return err
	}
	if now.Before(to.until) {
		return sessionstore.ErrExists
	}
	s.records[newID] = newRecord(new, ttl)
	delete(s.records, oldID)
	return nil
}
