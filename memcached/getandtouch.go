package memcached

import (
	"context"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore/internal/contract"
)

// GetAndTouch returns a session's data and moves its deadline, in one round
// trip. The server must be memcached 1.5.3 or newer.
func (s *Store) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	const op = "memcached: get and touch"
	if err := contract.Touch(ctx, id, ttl); err != nil {
		return nil, contract.Error(op, err)
	}
	key, seconds := s.key(id), expiration(ttl, time.Now())
	var item *memcache.Item
	err := s.run(ctx, key, write, func(c *memcache.Client) (err error) {
		item, err = c.GetAndTouch(key, seconds)
		return sameKey(key, item, err)
	})
	if err != nil {
		return nil, contract.Error(op, err)
	}
	return item.Value, nil
}

// sameKey makes sure that a reply to a get is about key.
func sameKey(key string, item *memcache.Item, err error) error {
	if err == nil && item.Key != key {
		return errOtherKey
	}
	return err
}
