package storetest

import (
	"context"
	"iter"
	"time"

	"github.com/coatcheck/sessionstore"
)

// hooks is a Store that forwards to another, but for the methods that a mutant
// replaces.
type hooks struct {
	sessionstore.Store
	get         func(ctx context.Context, id string) ([]byte, error)
	set         func(ctx context.Context, id string, data []byte, ttl time.Duration) error
	touch       func(ctx context.Context, id string, ttl time.Duration) error
	delete      func(ctx context.Context, id string) error
	create      func(ctx context.Context, id string, data []byte, ttl time.Duration) error
	replace     func(ctx context.Context, id string, data []byte, ttl time.Duration) error
	swap        func(ctx context.Context, id string, old, new []byte, ttl time.Duration) error
	rotate      func(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error
	getAndTouch func(ctx context.Context, id string, ttl time.Duration) ([]byte, error)
	all         func(ctx context.Context) iter.Seq2[sessionstore.Session, error]
	clear       func(ctx context.Context) error
	purge       func(ctx context.Context) (int, error)
	namespace   func(name string) (sessionstore.Store, error)
	ping        func(ctx context.Context) error
	close       func() error
}

func (s *hooks) Get(ctx context.Context, id string) ([]byte, error) {
	if s.get != nil {
		return s.get(ctx, id)
	}
	return s.Store.Get(ctx, id)
}

func (s *hooks) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if s.set != nil {
		return s.set(ctx, id, data, ttl)
	}
	return s.Store.Set(ctx, id, data, ttl)
}

func (s *hooks) Touch(ctx context.Context, id string, ttl time.Duration) error {
	if s.touch != nil {
		return s.touch(ctx, id, ttl)
	}
	return s.Store.Touch(ctx, id, ttl)
}

func (s *hooks) Delete(ctx context.Context, id string) error {
	if s.delete != nil {
		return s.delete(ctx, id)
	}
	return s.Store.Delete(ctx, id)
}

func (s *hooks) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if s.create != nil {
		return s.create(ctx, id, data, ttl)
	}
	return sessionstore.Create(ctx, s.Store, id, data, ttl)
}

func (s *hooks) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if s.replace != nil {
		return s.replace(ctx, id, data, ttl)
	}
	return sessionstore.Replace(ctx, s.Store, id, data, ttl)
}

func (s *hooks) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	if s.swap != nil {
		return s.swap(ctx, id, old, new, ttl)
	}
	return sessionstore.CompareAndSwap(ctx, s.Store, id, old, new, ttl)
}

func (s *hooks) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	if s.rotate != nil {
		return s.rotate(ctx, oldID, newID, old, new, ttl)
	}
	return sessionstore.RotateSwap(ctx, s.Store, oldID, newID, old, new, ttl)
}

func (s *hooks) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	if s.getAndTouch != nil {
		return s.getAndTouch(ctx, id, ttl)
	}
	return sessionstore.GetAndTouch(ctx, s.Store, id, ttl)
}

func (s *hooks) All(ctx context.Context) iter.Seq2[sessionstore.Session, error] {
	if s.all != nil {
		return s.all(ctx)
	}
	return sessionstore.All(ctx, s.Store)
}

func (s *hooks) Clear(ctx context.Context) error {
	if s.clear != nil {
		return s.clear(ctx)
	}
	return sessionstore.Clear(ctx, s.Store)
}

func (s *hooks) DeleteExpired(ctx context.Context) (int, error) {
	if s.purge != nil {
		return s.purge(ctx)
	}
	return sessionstore.DeleteExpired(ctx, s.Store)
}

func (s *hooks) Namespace(name string) (sessionstore.Store, error) {
	if s.namespace != nil {
		return s.namespace(name)
	}
	return sessionstore.Namespace(s.Store, name)
}

func (s *hooks) Ping(ctx context.Context) error {
	if s.ping != nil {
		return s.ping(ctx)
	}
	return sessionstore.Ping(ctx, s.Store)
}

func (s *hooks) Close() error {
	if s.close != nil {
		return s.close()
	}
	return sessionstore.Close(s.Store)
}
