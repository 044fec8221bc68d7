// Package memcached keeps sessions in memcached, on one server or several.
//
// Nothing survives a restart of a server, and a server whose memory is full
// evicts sessions that are still live, the least used first: users sign in
// again. Sessions do survive a restart of the application.
//
// Limits: a session may stay visible for up to 3 seconds after its deadline
// (see [TTLSlack]), because the server's clock ticks in seconds and unevenly.
// A ttl near 30 days or above is sent as a date, so that the clocks of
// application and server must agree there. The server needs its usual item
// limit of 1 MiB (-I 1m) or more to take all that [sessionstore.MaxDataBytes]
// allows. A Set that the server itself refuses, with [sessionstore.ErrFull] or
// over a smaller item limit with [sessionstore.ErrTooLarge], ends the session
// that was stored under the id before: memcached drops it, like an eviction.
// Create, Replace, CompareAndSwap and RotateSwap leave it alone then.
//
// Every operation is atomic and takes one round trip, with two exceptions.
// CompareAndSwap takes two, and needs the server's cas numbers (no -C).
// RotateSwap takes four, and is not atomic: for a moment both ids have the
// session; see there. GetAndTouch needs memcached 1.5.3. There is no All and
// no Clear, because memcached does not tell its keys, and no DeleteExpired,
// because it removes what has expired by itself.
//
// memcached knows no passwords here and no encryption: keep it on a network
// that only the application reaches.
//
//	store, err := memcached.New([]string{"10.0.0.1:11211", "10.0.0.2:11211"}, memcached.Options{})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	id := sessionstore.NewID()
//	err = store.Set(ctx, id, []byte("user 42"), 30*time.Minute)
package memcached

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// Store is a sessionstore.Store on memcached. Its methods may be called by
// many goroutines.
type Store struct {
	nodes     []*node // in the order of New, which decides where a key lives
	prefix    string
	namespace string // names joined by colons; empty for the sessions themselves
	timeout   time.Duration
	life      *life // shared with the namespaces
}

var (
	_ sessionstore.Pinger     = (*Store)(nil)
	_ sessionstore.Closer     = (*Store)(nil)
	_ sessionstore.Creator    = (*Store)(nil)
	_ sessionstore.Replacer   = (*Store)(nil)
	_ sessionstore.Swapper    = (*Store)(nil)
	_ sessionstore.Rotator    = (*Store)(nil)
	_ sessionstore.GetToucher = (*Store)(nil)
	_ sessionstore.Namespacer = (*Store)(nil)
)

// New returns a store on servers, each host:port, a host alone (the port is
// then 11211), or the path of a unix socket. It connects when the first
// session is asked for, and looks a host's name up whenever it connects; [Ping]
// tells whether the servers answer. Close ends its connections.
//
// Every application must name the same servers in the same order: the order
// decides which server has which session, in the way of gomemcache's
// ServerList. A server that is named twice gets twice the share. Where one is
// down, its sessions are errors, and those of the others are not touched.
func New(servers []string, opts Options) (*Store, error) {
	s, err := build(servers, opts)
	if err != nil {
		return nil, contract.Error("memcached: new", err)
	}
	return s, nil
}

func build(servers []string, opts Options) (*Store, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	if len(servers) == 0 {
		return nil, errors.New("no servers: name at least one as host:port")
	}
	s := &Store{prefix: opts.Prefix, timeout: opts.Timeout, life: newLife()}
	for _, server := range servers {
		addr, err := parseAddress(server)
		if err != nil {
			return nil, err
		}
		s.nodes = append(s.nodes, newNode(addr, opts, s.life))
	}
	return s, nil
}

// Get returns the session's data.
func (s *Store) Get(ctx context.Context, id string) ([]byte, error) {
	const op = "memcached: get"
	if err := contract.Lookup(ctx, id); err != nil {
		return nil, contract.Error(op, err)
	}
	key := s.key(id)
	var item *memcache.Item
	err := s.run(ctx, key, read, func(c *memcache.Client) (err error) {
		item, err = c.Get(key)
		return sameKey(key, item, err)
	})
	if err != nil {
		return nil, contract.Error(op, err)
	}
	return item.Value, nil
}

// Set stores data in one round trip.
func (s *Store) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return s.store(ctx, "memcached: set", id, data, ttl, (*memcache.Client).Set)
}

// Touch moves the deadline of a live session in one round trip.
func (s *Store) Touch(ctx context.Context, id string, ttl time.Duration) error {
	const op = "memcached: touch"
	if err := contract.Touch(ctx, id, ttl); err != nil {
		return contract.Error(op, err)
	}
	key, seconds := s.key(id), expiration(ttl, time.Now())
	err := s.run(ctx, key, write, func(c *memcache.Client) error { return c.Touch(key, seconds) })
	if err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// Delete ends a session in one round trip.
func (s *Store) Delete(ctx context.Context, id string) error {
	const op = "memcached: delete"
	if err := contract.Lookup(ctx, id); err != nil {
		return contract.Error(op, err)
	}
	key := s.key(id)
	if err := s.run(ctx, key, write, del(key)); err != nil {
		return contract.Error(op, err)
	}
	return nil
}

func del(key string) request {
	return func(c *memcache.Client) error {
		if err := c.Delete(key); err != memcache.ErrCacheMiss {
			return err
		}
		return nil // what is not there is deleted
	}
}

// Ping asks every server for its version, one after the other, and returns the
// first error.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.ping(ctx); err != nil {
		return contract.Error("memcached: ping", err)
	}
	return nil
}

func (s *Store) ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	for _, n := range s.nodes {
		if err := n.do(ctx, read, (*memcache.Client).Ping); err != nil {
			return fmt.Errorf("%s: %w", n.addr, err)
		}
	}
	return nil
}

// store sends a record with one of the verbs that store.
func (s *Store) store(ctx context.Context, op, id string, data []byte, ttl time.Duration, verb func(*memcache.Client, *memcache.Item) error) error {
	if err := contract.Write(ctx, id, data, ttl); err != nil {
		return contract.Error(op, err)
	}
	item := s.item(id, data, ttl)
	err := s.run(ctx, item.Key, write, func(c *memcache.Client) error { return verb(c, item) })
	if err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// item is a record as it is sent.
func (s *Store) item(id string, data []byte, ttl time.Duration) *memcache.Item {
	return &memcache.Item{Key: s.key(id), Value: data, Expiration: expiration(ttl, time.Now())}
}

// run sends a request to the server that has key.
func (s *Store) run(ctx context.Context, key string, kind kind, request request) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	return s.node(key).do(ctx, kind, request)
}

// node returns the server that has key, whether it answers or not.
func (s *Store) node(key string) *node { return s.nodes[pick(key, len(s.nodes))] }

// bound gives ctx the store's timeout where it has no deadline of its own.
func (s *Store) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, s.timeout)
}
