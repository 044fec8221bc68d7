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
// everysec all but about the last second where the machine dies (and a little
// where only the server is killed: while a sync is slow it answers before it has
// handed a write to the system), with snapshots alone what the last one holds (so that a session that was deleted
// since can be back), and without persistence nothing. An eviction policy other
// than noeviction signs users out when memory is short; with noeviction a write
// then returns ErrFull.
//
// A failover, by Sentinel or within a cluster, makes a master of a replica,
// which knows what had reached it. Replication is asynchronous: the last writes
// that the old master acknowledged may be undone, each kind of them. A session
// that was just stored is lost, a changed one is as it was, and one that was
// just deleted is back, which means that a user who logged out is signed in
// again. Sessions that were replicated stay. TestFailover shows all of this.
// The server's min-replicas-to-write and min-replicas-max-lag bound how much it
// is when the network is cut, and do not end it.
//
// Every operation is one command or one script, which the server carries out at
// one instant, and one round trip. There are three exceptions. RotateSwap in a
// cluster takes steps, of which its comment tells. All and Clear go through the
// keys with SCAN, a batch at a time; each key is read or removed at an instant
// of its own, and the server serves others between the batches. GetAndTouch
// needs Redis 6.2, Clear 4.0, the rest any version. A user
// with restricted rights needs get, set, pexpire, getex, del, evalsha, eval,
// scan, pttl, unlink and ping, on the keys of the prefix, and info, without which
// All and Clear do not notice a restart.
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
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var (
	_ sessionstore.Creator    = (*Store)(nil)
	_ sessionstore.Replacer   = (*Store)(nil)
	_ sessionstore.Swapper    = (*Store)(nil)
	_ sessionstore.Rotator    = (*Store)(nil)
	_ sessionstore.GetToucher = (*Store)(nil)
	_ sessionstore.Lister     = (*Store)(nil)
	_ sessionstore.Clearer    = (*Store)(nil)
	_ sessionstore.Namespacer = (*Store)(nil)
	_ sessionstore.Pinger     = (*Store)(nil)
	_ sessionstore.Closer     = (*Store)(nil)
)

// Store is a [sessionstore.Store] in Redis. It is made by [New] or [Open], is
// safe for concurrent use, and has no goroutine but for a RotateSwap in a
// cluster while that runs.
type Store struct {
	*life
	keys keys
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
	return &Store{life: &life{client: client}, keys: options.keys()}, nil
}

// Get implements [sessionstore.Store] with GET.
func (s *Store) Get(ctx context.Context, id string) ([]byte, error) {
	if err := s.admit(contract.Lookup(ctx, id)); err != nil {
		return nil, contract.Error("redis: get", err)
	}
	data, err := s.get(ctx, s.keys.of(id))
	if err != nil {
		return nil, contract.Error("redis: get", err)
	}
	return data, nil
}

func (s *Store) get(ctx context.Context, key string) ([]byte, error) {
	cmd := goredis.NewStringCmd(ctx, "get", key)
	if err := s.read(ctx, cmd); err != nil {
		return nil, err
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
	found, err := s.number(ctx, cmd)
	if err != nil {
		return contract.Error("redis: touch", err)
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

// Close implements [sessionstore.Closer]. It waits for what a RotateSwap has
// left to do, closes the connections of a Store made by [Open], and leaves alone
// a client that was passed to [New]. On a namespace it does nothing.
func (s *Store) Close() error {
	if s.keys.namespace != "" {
		return nil
	}
	if err := s.end(); err != nil {
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
	return s.answer(ctx, s.client.Process(ctx, cmd))
}

// answer translates the client's error of a command that changes nothing.
func (s *Store) answer(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, goredis.Nil):
		return sessionstore.ErrNotFound
	default:
		return s.cause(ctx, err)
	}
}

// write runs a command that changes something, at most once. Last is its last
// argument. A nil reply is [goredis.Nil].
func (s *Store) write(ctx context.Context, last string, args ...any) (*goredis.Cmd, error) {
	cmd, err := s.send(ctx, last, args...)
	if err != nil {
		return nil, s.failure(ctx, cmd, err)
	}
	return cmd.Cmd, nil
}

// send is write with the client's error as it is.
func (s *Store) send(ctx context.Context, last string, args ...any) (*once, error) {
	cmd := newOnce(ctx, last, args...)
	return cmd, s.client.Process(ctx, cmd)
}

// failure translates the client's error of a command that changes something.
func (s *Store) failure(ctx context.Context, cmd *once, err error) error {
	switch {
	case errors.Is(err, goredis.Nil):
		return goredis.Nil
	case cmd.last.sent.Load() && !refused(err):
		return contract.Unknown(s.cause(ctx, err))
	default:
		return s.cause(ctx, err)
	}
}

// number returns the answer to a command that changed something.
func (s *Store) number(ctx context.Context, cmd *goredis.Cmd) (int64, error) {
	n, err := cmd.Int64()
	if err != nil {
		return 0, contract.Unknown(s.cause(ctx, err))
	}
	return n, nil
}
