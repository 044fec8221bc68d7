package memcached

import (
	"context"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
)

// Create stores data where there is no session, in one round trip.
func (s *Store) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return s.store(ctx, "memcached: create", id, data, ttl, add)
}

// add stores an item where there is none.
func add(c *memcache.Client, item *memcache.Item) error {
	err := c.Add(item)
	if err == memcache.ErrNotStored {
		return sessionstore.ErrExists
	}
	return err
}
