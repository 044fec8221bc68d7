package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// spy passes calls on to a store and remembers their ids. While fault is set
// it is asked first, by operation, and an error of its is the answer.
type spy struct {
	sessionstore.Store
	mu    sync.Mutex
	ttls  []time.Duration                            // guarded by mu
	ids   []string                                   // guarded by mu
	fault func(ctx context.Context, op string) error // set between requests only
}

func (s *spy) note(ctx context.Context, op, id string) error {
	s.mu.Lock()
	s.ids = append(s.ids, id)
	s.mu.Unlock()
	if s.fault == nil {
		return nil
	}
	return s.fault(ctx, op)
}

// fail lets every call answer err, or none where err is nil.
func (s *spy) fail(err error) {
	s.fault = func(context.Context, string) error { return err }
}

// meanwhile runs f once, before the next call of op.
func (s *spy) meanwhile(op string, f func()) {
	s.fault = func(_ context.Context, called string) error {
		if called == op {
			s.fault = nil
			f()
		}
		return nil
	}
}

// longest returns the longest ttl since the last call of it.
func (s *spy) longest() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	ttl := slices.Max(append(s.ttls, 0))
	s.ttls = nil
	return ttl
}

func (s *spy) noteTTL(ttl time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ttls = append(s.ttls, ttl)
}

func (s *spy) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.ids...)
}

func (s *spy) Get(ctx context.Context, id string) ([]byte, error) {
	if err := s.note(ctx, "get", id); err != nil {
		return nil, err
	}
	return s.Store.Get(ctx, id)
}

func (s *spy) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	s.noteTTL(ttl)
	if err := s.note(ctx, "set", id); err != nil {
		return err
	}
	return s.Store.Set(ctx, id, data, ttl)
}

func (s *spy) Touch(ctx context.Context, id string, ttl time.Duration) error {
	s.noteTTL(ttl)
	if err := s.note(ctx, "touch", id); err != nil {
		return err
	}
	return s.Store.Touch(ctx, id, ttl)
}

func (s *spy) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	s.noteTTL(ttl)
	if err := errors.Join(s.note(ctx, "rotate", oldID), s.note(ctx, "rotate", newID)); err != nil {
		return err
	}
	return sessionstore.RotateSwap(ctx, s.Store, oldID, newID, old, new, ttl)
}

func (s *spy) Delete(ctx context.Context, id string) error {
	if err := s.note(ctx, "delete", id); err != nil {
		return err
	}
	return s.Store.Delete(ctx, id)
}
