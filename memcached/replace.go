package memcached

import (
	"context"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
)

// Replace stores data where there is a session, in one round trip.
func (s *Store) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return s.store(ctx, "memcached: replace", id, data, ttl, func(c *memcache.Client, item *memcache.Item) error {
		err := c.Replace(item)
		if err == memcache.ErrNotStored {
			return sessionstore.ErrNotFound
		}
		return err
	})
}
