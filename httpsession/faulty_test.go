package httpsession_test

import (
	"context"
	"time"

	"github.com/coatcheck/sessionstore"
)

// faulty is a store that fails as a test wants it to, in its namespaces as well.
type faulty struct {
	sessionstore.Store
	fail  func(op string) error // nil fails never
	hangs func(op string) bool  // nil hangs never
	pause func() time.Duration  // how long an operation takes; nil is no time
}

// do carries an operation out, or fails.
func (s *faulty) do(ctx context.Context, op string, operation func() error) error {
	if s.hangs != nil && s.hangs(op) {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.pause != nil {
		select {
		case <-time.After(s.pause()):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.fail != nil {
		if err := s.fail(op); err != nil {
			return err
		}
	}
	return operation()
}

func (s *faulty) Get(ctx context.Context, id string) (data []byte, err error) {
	err = s.do(ctx, "Get", func() error {
		data, err = s.Store.Get(ctx, id)
		return err
	})
	return data, err
}

func (s *faulty) Delete(ctx context.Context, id string) error {
	return s.do(ctx, "Delete", func() error { return s.Store.Delete(ctx, id) })
}

func (s *faulty) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return s.do(ctx, "Create", func() error { return sessionstore.Create(ctx, s.Store, id, data, ttl) })
}

func (s *faulty) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	return s.do(ctx, "CompareAndSwap", func() error { return sessionstore.CompareAndSwap(ctx, s.Store, id, old, new, ttl) })
}

func (s *faulty) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	return s.do(ctx, "RotateSwap", func() error {
		return sessionstore.RotateSwap(ctx, s.Store, oldID, newID, old, new, ttl)
	})
}

func (s *faulty) Namespace(name string) (sessionstore.Store, error) {
	inner, err := sessionstore.Namespace(s.Store, name)
	return &faulty{Store: inner, fail: s.fail, hangs: s.hangs, pause: s.pause}, err
}
