// Package redis keeps sessions in a Redis server, or in what speaks its
// protocol: a single server, a master behind Sentinel, or a Redis Cluster.
//
// A session is one string key, prefix:id, with the server's own expiry: what
// is stored is the session's data and nothing else, so that redis-cli can show
// it and other programs can read it. Expiry is judged by the server's clock,
// to the millisecond; nothing has to be swept.
//
// What survives a restart is for the server's configuration to decide: with
// appendonly yes and appendfsync always every acknowledged write, with
// everysec all but about the last second where the machine dies, with
// snapshots alone what the last one holds (so that a session that was deleted
// since can be back), and without persistence nothing. A failover to a replica
// loses what the replica did not have yet. An eviction policy other than
// noeviction signs users out when memory is short; with noeviction a write
// then returns ErrFull.
//
// Limits: the client does not interrupt a read, so that a call whose context
// is cancelled returns when the answer arrives, at the latest after the read
// timeout; deadlines are kept exactly. Of the connections that a TLS server
// closed while they were idle the client learns only when it uses them.
//
// The name collides with the client's: import this package as redisstore.
package redis

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var (
	_ sessionstore.Pinger = (*Store)(nil)
	_ sessionstore.Closer = (*Store)(nil)
)

// Store is a [sessionstore.Store] in Redis. It is made by [New] or [Open], has
// no goroutines of its own, and is safe for concurrent use.
type Store struct {
	client  goredis.UniversalClient
	keys    keys
	release func() error // closes what Open opened; nil where the client was given
	closing sync.Once
	closed  atomic.Bool
}

// New returns a Store on client, which is a [*goredis.Client], one of Sentinel
// too, or a [*goredis.ClusterClient]. The client stays the caller's: Close
// does not close it.
//
// The client's options must suit sessions, else New returns an error that
// names the field. ContextTimeoutEnabled must be set, since deadlines are not
// kept without it. The read and write timeouts must not be off. Replica
// routing (ReadOnly, RouteByLatency, RouteRandomly) and client-side caching
// must be off, since a session would stay visible after its end. MaxRetries
// may be anything: reads are repeated as it says, writes never are.
//
// Two things cannot be seen here and must not be: ReplicaOnly on a Sentinel
// client, whose reads may be stale (its writes fail), and a command resolver
// from NewDynamicResolver on a cluster client, with which Delete fails.
func New(client goredis.UniversalClient, options Options) (*Store, error) {
	if err := checkClient(client); err != nil {
		return nil, contract.Error("redis: new", err)
	}
	if err := options.check(); err != nil {
		return nil, contract.Error("redis: new", err)
	}
	return &Store{client: client, keys: options.keys()}, nil
}

// Get implements [sessionstore.Store] with GET.
func (s *Store) Get(ctx context.Context, id string) ([]byte, error) {
	if err := s.admit(contract.Lookup(ctx, id)); err != nil {
		return nil, contract.Error("redis: get", err)
	}
	cmd := goredis.NewStringCmd(ctx, "get", s.keys.of(id))
	if err := s.read(ctx, cmd); err != nil {
		return nil, contract.Error("redis: get", err)
	}
	return []byte(cmd.Val()), nil // a copy: the client's own conversion shares memory with a string
}

// Set implements [sessionstore.Store] with SET PX.
func (s *Store) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := s.admit(contract.Write(ctx, id, data, ttl)); err != nil {
		return contract.Error("redis: set", err)
	}
	if _, err := s.write(ctx, milliseconds(ttl), "set", s.keys.of(id), data, "px"); err != nil {
		return contract.Error("redis: set", err)
	}
	return nil
}

// Touch implements [sessionstore.Store] with PEXPIRE.
func (s *Store) Touch(ctx context.Context, id string, ttl time.Duration) error {
	if err := s.admit(contract.Touch(ctx, id, ttl)); err != nil {
		return contract.Error("redis: touch", err)
	}
	cmd, err := s.write(ctx, milliseconds(ttl), "pexpire", s.keys.of(id))
	if err != nil {
		return contract.Error("redis: touch", err)
	}
	found, err := cmd.Int64()
	if err != nil {
		return contract.Error("redis: touch", contract.Unknown(s.cause(ctx, err)))
	}
	if found == 0 {
		return contract.Error("redis: touch", sessionstore.ErrNotFound)
	}
	return nil
}

// Delete implements [sessionstore.Store] with DEL.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := s.admit(contract.Lookup(ctx, id)); err != nil {
		return contract.Error("redis: delete", err)
	}
	if _, err := s.write(ctx, s.keys.of(id), "del"); err != nil {
		return contract.Error("redis: delete", err)
	}
	return nil
}

// Ping implements [sessionstore.Pinger] with PING; of a cluster it asks one
// master.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.admit(ctx.Err()); err != nil {
		return contract.Error("redis: ping", err)
	}
	if err := s.read(ctx, goredis.NewStatusCmd(ctx, "ping")); err != nil {
		return contract.Error("redis: ping", err)
	}
	return nil
}

// Close implements [sessionstore.Closer]. It closes the connections of a Store
// made by [Open] and leaves alone a client that was passed to [New].
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		s.closed.Store(true)
		if s.release != nil {
			err = s.release()
		}
	})
	if err != nil {
		return contract.Error("redis: close", contract.Cause(context.Background(), err))
	}
	return nil
}

// admit returns what forbids a call: the check of its arguments, then Close.
func (s *Store) admit(invalid error) error {
	if invalid != nil {
		return invalid
	}
	if s.closed.Load() {
		return sessionstore.ErrClosed
	}
	return nil
}

// read runs a command that changes nothing, as often as the client's
// MaxRetries allows.
func (s *Store) read(ctx context.Context, cmd goredis.Cmder) error {
	cmd.SetStepCount(1)
	err := s.client.Process(ctx, cmd)
	if errors.Is(err, goredis.Nil) {
		return sessionstore.ErrNotFound
	}
	if err != nil {
		return s.cause(ctx, err)
	}
	return nil
}

// write runs a command that changes something, at most once. Last is its last
// argument.
func (s *Store) write(ctx context.Context, last string, args ...any) (*goredis.Cmd, error) {
	cmd := newOnce(ctx, last, args...)
	err := s.client.Process(ctx, cmd)
	switch {
	case err == nil:
		return cmd.Cmd, nil
	case cmd.last.sent.Load() && !refused(err):
		return nil, contract.Unknown(s.cause(ctx, err))
	default:
		return nil, s.cause(ctx, err)
	}
}
