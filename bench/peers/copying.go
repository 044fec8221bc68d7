package peers

import (
	"bytes"
	"context"
	"time"
)

// copying is a store in memory with the copy that a reader of it has to make
// where anybody changes the slice, and that ours makes (Get/Owned).
type copying struct{ inner sliding }

func (s copying) Get(ctx context.Context, id string) ([]byte, error) {
	data, err := s.inner.Get(ctx, id)
	return bytes.Clone(data), err
}

func (s copying) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return s.inner.Set(ctx, id, data, ttl)
}

func (s copying) Touch(ctx context.Context, id string, ttl time.Duration) error {
	return s.inner.Touch(ctx, id, ttl)
}

func (s copying) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	data, err := s.inner.GetAndTouch(ctx, id, ttl)
	return bytes.Clone(data), err
}

func (s copying) Delete(ctx context.Context, id string) error { return s.inner.Delete(ctx, id) }

func (s copying) Close() error { return s.inner.Close() }
