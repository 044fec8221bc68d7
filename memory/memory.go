// Package memory keeps sessions in the memory of the process.
//
// Nothing survives a restart, and no other process sees a session: it suits
// tests, development and a single server whose users may sign in again after a
// deployment.
//
// Limits: [Options.MaxBytes] bounds the memory; a full store refuses new
// sessions with [sessionstore.ErrFull] and never drops a live one. Deadlines
// are exact to the nanosecond, by the process's monotonic clock, which no
// change of the wall clock moves. (On Linux that clock stands still while the
// machine sleeps.)
package memory

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
	"github.com/coatcheck/sessionstore/internal/sweeper"
)

// DefaultSweepInterval is how often expired sessions are removed where
// [Options.SweepInterval] is zero.
const DefaultSweepInterval = time.Minute

// Options are the settings of a Store. The zero value works.
type Options struct {
	// MaxBytes bounds the memory of all sessions together, expired ones that
	// are not yet removed included: ids, data, and about 200 bytes of
	// bookkeeping each. A write that would pass it first removes what has
	// expired, and then returns [sessionstore.ErrFull]. Zero means no bound:
	// whoever can start sessions can then fill the machine.
	MaxBytes int64

	// SweepInterval is the time between two removals of expired sessions,
	// each a tenth shorter or longer at random. Zero means
	// [DefaultSweepInterval]. A negative value turns them off: expired
	// sessions stay invisible, but keep their memory until they are written
	// or deleted or the store is full.
	SweepInterval time.Duration
}

// Store is a sessionstore.Store in memory. Its methods may be called by many
// goroutines.
type Store struct {
	shards   [shardCount]shard
	seed     maphash.Seed
	start    time.Time    // zero of the clock
	used     atomic.Int64 // bytes that the entries of all shards account for
	maxBytes int64        // no bound where zero
	sweeper  *sweeper.Sweeper
}

var (
	_ sessionstore.Pinger = (*Store)(nil)
	_ sessionstore.Closer = (*Store)(nil)
)

// New returns an empty store. It starts one goroutine, which Close ends,
// unless [Options.SweepInterval] turns it off.
func New(opts Options) (*Store, error) {
	if opts.MaxBytes < 0 {
		return nil, fmt.Errorf("memory: Options.MaxBytes is %d: want zero for no bound, or more", opts.MaxBytes)
	}
	if opts.SweepInterval == 0 {
		opts.SweepInterval = DefaultSweepInterval
	}
	s := &Store{seed: maphash.MakeSeed(), start: time.Now(), maxBytes: opts.MaxBytes}
	for i := range s.shards {
		s.shards[i].entries = make(map[string]*entry)
	}
	s.sweeper = sweeper.Start(opts.SweepInterval, s.sweep, nil)
	return s, nil
}

// Get returns a copy of the session's data.
func (s *Store) Get(ctx context.Context, id string) ([]byte, error) {
	if err := contract.Lookup(ctx, id); err != nil {
		return nil, contract.Error("memory: get", err)
	}
	data, err := s.shard(id).get(id, s.now)
	if err != nil {
		return nil, contract.Error("memory: get", err)
	}
	return clone(data), nil // outside of the lock: what is stored never changes
}

// Set stores a copy of data.
func (s *Store) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := contract.Write(ctx, id, data, ttl); err != nil {
		return contract.Error("memory: set", err)
	}
	data = clone(data)
	err := s.shard(id).set(id, data, ttl, s)
	if errors.Is(err, sessionstore.ErrFull) && s.sweep(ctx) == nil {
		err = s.shard(id).set(id, data, ttl, s)
	}
	if err != nil {
		return contract.Error("memory: set", err)
	}
	return nil
}

// Touch moves the deadline of a live session.
func (s *Store) Touch(ctx context.Context, id string, ttl time.Duration) error {
	if err := contract.Touch(ctx, id, ttl); err != nil {
		return contract.Error("memory: touch", err)
	}
	if err := s.shard(id).touch(id, ttl, s.now); err != nil {
		return contract.Error("memory: touch", err)
	}
	return nil
}

// Delete ends a session.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := contract.Lookup(ctx, id); err != nil {
		return contract.Error("memory: delete", err)
	}
	freed, err := s.shard(id).delete(id)
	s.used.Add(-freed)
	if err != nil {
		return contract.Error("memory: delete", err)
	}
	return nil
}

// Ping returns nil until the store is closed.
func (s *Store) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return contract.Error("memory: ping", err)
	}
	if s.shards[0].closed() {
		return contract.Error("memory: ping", sessionstore.ErrClosed)
	}
	return nil
}

// Close drops all sessions and ends the store's goroutine.
func (s *Store) Close() error {
	s.sweeper.Stop()
	for i := range s.shards {
		s.used.Add(-s.shards[i].close())
	}
	return nil
}

// now is the time since the store was made, by the monotonic clock.
func (s *Store) now() time.Duration { return time.Since(s.start) }

func (s *Store) shard(id string) *shard {
	return &s.shards[maphash.String(s.seed, id)%shardCount]
}

// reserve takes bytes of the store's room, or nothing where there is not
// enough. A negative number always succeeds.
func (s *Store) reserve(bytes int64) bool {
	if s.used.Add(bytes) > s.maxBytes && s.maxBytes > 0 && bytes > 0 {
		s.used.Add(-bytes)
		return false
	}
	return true
}

// clone returns a copy that is never nil.
func clone(data []byte) []byte {
	return append(make([]byte, 0, len(data)), data...)
}
