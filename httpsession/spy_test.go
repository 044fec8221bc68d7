package httpsession_test

import (
	"context"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// spy remembers every id and all data that a store is given, also in its
// namespaces.
type spy struct {
	sessionstore.Store

	mu    sync.Mutex
	given []string // guarded by mu
	outer *spy     // the store of which it is a namespace, or nil
}

func (s *spy) note(given ...string) {
	if s.outer != nil {
		s.outer.note(given...)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given = append(s.given, given...)
}

// take returns what was given since it was last called.
func (s *spy) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	given := s.given
	s.given = nil
	return given
}

func (s *spy) Get(ctx context.Context, id string) ([]byte, error) {
	s.note(id)
	return s.Store.Get(ctx, id)
}

func (s *spy) Delete(ctx context.Context, id string) error {
	s.note(id)
	return s.Store.Delete(ctx, id)
}

func (s *spy) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	s.note(id, string(data))
	return sessionstore.Create(ctx, s.Store, id, data, ttl)
}

func (s *spy) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	s.note(id, string(old), string(new))
	return sessionstore.CompareAndSwap(ctx, s.Store, id, old, new, ttl)
}

func (s *spy) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	s.note(oldID, newID, string(old), string(new))
	return sessionstore.RotateSwap(ctx, s.Store, oldID, newID, old, new, ttl)
}

func (s *spy) Namespace(name string) (sessionstore.Store, error) {
	inner, err := sessionstore.Namespace(s.Store, name)
	return &spy{Store: inner, outer: s}, err
}
