package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jellydator/ttlcache/v3"

	"github.com/coatcheck/sessionstore"
)

// ttlStore is a ttlcache as it comes, in which a Get extends. Its clean-up, a
// goroutine that sleeps until the next session expires, is not started.
type ttlStore struct {
	cache *ttlcache.Cache[string, []byte]
}

// withoutTouch lets a Get extend nothing.
var withoutTouch = ttlcache.WithDisableTouchOnHit[string, []byte]()

func newTTLCache() (sliding, error) {
	return ttlStore{ttlcache.New[string, []byte]()}, nil
}

func (s ttlStore) Get(_ context.Context, id string) ([]byte, error) {
	item := s.cache.Get(id, withoutTouch)
	if item == nil {
		return nil, sessionstore.ErrNotFound
	}
	return item.Value(), nil
}

// Set makes the slice that the cache keeps.
func (s ttlStore) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	s.cache.Set(id, bytes.Clone(data), ttl)
	return nil
}

// Touch reads as well, because ttlcache does not tell whether there was
// anything to extend.
func (s ttlStore) Touch(ctx context.Context, id string, ttl time.Duration) error {
	_, err := s.GetAndTouch(ctx, id, ttl)
	return err
}

// GetAndTouch extends by the ttl that the session was set with. Where that is
// another it says so, afterwards.
func (s ttlStore) GetAndTouch(_ context.Context, id string, ttl time.Duration) ([]byte, error) {
	item := s.cache.Get(id)
	if item == nil {
		return nil, sessionstore.ErrNotFound
	}
	if item.TTL() != ttl {
		return nil, fmt.Errorf("ttlcache: extend a session of %v by %v: %w", item.TTL(), ttl, errors.ErrUnsupported)
	}
	return item.Value(), nil
}

func (s ttlStore) Delete(_ context.Context, id string) error {
	s.cache.Delete(id)
	return nil
}

func (s ttlStore) Close() error { return nil }
