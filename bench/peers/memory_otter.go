package peers

import (
	"bytes"
	"context"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/coatcheck/sessionstore"
)

// otterStore is an otter cache without a bound, since a bounded one drops
// sessions that are live.
type otterStore struct {
	cache *otter.Cache[string, otterEntry]
}

// otterEntry carries the ttl to the calculator: otter's Set takes none.
type otterEntry struct {
	data []byte
	ttl  time.Duration
}

func newOtter() (sliding, error) {
	cache, err := otter.New(&otter.Options[string, otterEntry]{
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, otterEntry]) time.Duration { return e.Value.ttl }),
	})
	return otterStore{cache}, err
}

func (s otterStore) Get(_ context.Context, id string) ([]byte, error) {
	entry, found := s.cache.GetIfPresent(id)
	if !found {
		return nil, sessionstore.ErrNotFound
	}
	return entry.data, nil
}

// Set makes the slice that the cache keeps.
func (s otterStore) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	s.cache.Set(id, otterEntry{bytes.Clone(data), ttl})
	return nil
}

func (s otterStore) Touch(ctx context.Context, id string, ttl time.Duration) error {
	_, err := s.GetAndTouch(ctx, id, ttl)
	return err
}

// GetAndTouch reads first, because otter does not tell whether there was
// anything to extend.
func (s otterStore) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	data, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	s.cache.SetExpiresAfter(id, ttl)
	return data, nil
}

func (s otterStore) Delete(_ context.Context, id string) error {
	s.cache.Invalidate(id)
	return nil
}

func (s otterStore) Close() error {
	s.cache.StopAllGoroutines()
	return nil
}
