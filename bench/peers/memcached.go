package peers

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/memcached"
)

// memcachedPeers has the client alone: no other store for memcached can be had
// as a module.
func memcachedPeers() []Peer {
	return []Peer{{
		Name: "limit-gomemcache", Backend: "memcached", Module: "github.com/bradfitz/gomemcache",
		Differs: "heeds no context: a deadline or a cancellation ends no call; a write whose connection failed is sent again",
		open:    openMemcached,
	}}
}

// memcachedStore is gomemcache with as many idle connections as ours keeps.
type memcachedStore struct {
	client *memcache.Client
	prefix string
}

func openMemcached(_ context.Context, place target.Place) (Store, error) {
	u, err := url.Parse(place.URL)
	if err != nil {
		return nil, err
	}
	client := memcache.New(u.Host)
	client.MaxIdleConns = memcached.DefaultMaxConns
	client.Timeout = memcached.DefaultTimeout
	return memcachedStore{client, place.Name + ":"}, client.Ping()
}

func (s memcachedStore) Get(_ context.Context, id string) ([]byte, error) {
	return value(s.client.Get(s.prefix + id))
}

func (s memcachedStore) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	seconds, err := seconds(ttl)
	if err != nil {
		return err
	}
	return unknown(s.client.Set(&memcache.Item{Key: s.prefix + id, Value: data, Expiration: seconds}))
}

func (s memcachedStore) Touch(_ context.Context, id string, ttl time.Duration) error {
	seconds, err := seconds(ttl)
	if err != nil {
		return err
	}
	return written(s.client.Touch(s.prefix+id, seconds))
}

func (s memcachedStore) GetAndTouch(_ context.Context, id string, ttl time.Duration) ([]byte, error) {
	seconds, err := seconds(ttl)
	if err != nil {
		return nil, err
	}
	item, err := s.client.GetAndTouch(s.prefix+id, seconds)
	if err != nil {
		return nil, written(err)
	}
	return item.Value, nil
}

func (s memcachedStore) Delete(_ context.Context, id string) error {
	if err := s.client.Delete(s.prefix + id); !errors.Is(err, memcache.ErrCacheMiss) {
		return unknown(err)
	}
	return nil
}

func (s memcachedStore) Close() error { return s.client.Close() }

// value returns what an answer holds.
func value(item *memcache.Item, err error) ([]byte, error) {
	if errors.Is(err, memcache.ErrCacheMiss) {
		return nil, sessionstore.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return item.Value, nil
}

// written returns what the outcome of a write that needs a session says.
func written(err error) error {
	if errors.Is(err, memcache.ErrCacheMiss) {
		return sessionstore.ErrNotFound
	}
	return unknown(err)
}

// seconds returns a ttl in memcached's unit, rounded up.
func seconds(ttl time.Duration) (int32, error) {
	const most = 30 * 24 * time.Hour // memcached takes more for a date
	if ttl <= 0 || ttl > most {
		return 0, fmt.Errorf("gomemcache: a ttl of %v: want one above zero, up to %v: %w", ttl, most, sessionstore.ErrInvalidTTL)
	}
	return int32((ttl + time.Second - 1) / time.Second), nil
}
