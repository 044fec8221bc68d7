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
	"fmt"
	"hash/maphash"
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
	// are not yet removed included: each counts the bytes of its id and data,
	// and 200 for bookkeeping. A write that would pass the bound first removes
	// what has expired, and then returns [sessionstore.ErrFull]. Go's garbage
	// collector needs room beside it, by default as much again (GOGC). Zero
	// means no bound: whoever can start sessions can then fill the machine.
	MaxBytes int64

	// SweepInterval is the time between two removals of expired sessions,
	// each a tenth shorter or longer at random. Zero means
	// [DefaultSweepInterval]. A negative value turns them off: expired
	// sessions stay invisible, but keep their memory until they are written
	// or deleted or the store is full, and what the bookkeeping of many
	// sessions took is not given back when they are fewer.
	SweepInterval time.Duration
}

// Store is a sessionstore.Store in memory, with every capability, each of them
// one step under a lock. Its methods may be called by many goroutines.
type Store struct {
	*database
	path string // of the namespace; empty for the sessions
}

// database is what a store and its namespaces share.
type database struct {
	shards  [shardCount]shard
	seed    maphash.Seed
	start   time.Time // zero of the clock
	sweeper *sweeper.Sweeper
	room    room
}

var (
	_ sessionstore.Creator    = (*Store)(nil)
	_ sessionstore.Replacer   = (*Store)(nil)
	_ sessionstore.Swapper    = (*Store)(nil)
	_ sessionstore.Rotator    = (*Store)(nil)
	_ sessionstore.GetToucher = (*Store)(nil)
	_ sessionstore.Lister     = (*Store)(nil)
	_ sessionstore.Clearer    = (*Store)(nil)
	_ sessionstore.Purger     = (*Store)(nil)
	_ sessionstore.Namespacer = (*Store)(nil)
	_ sessionstore.Pinger     = (*Store)(nil)
	_ sessionstore.Closer     = (*Store)(nil)
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
	s := &database{seed: maphash.MakeSeed(), start: time.Now(), room: room{max: opts.MaxBytes}}
	for i := range s.shards {
		s.shards[i].db = s
		s.shards[i].entries = make(map[string]*entry)
	}
	s.sweeper = sweeper.Start(opts.SweepInterval, s.sweep, nil)
	return &Store{database: s}, nil
}

// Get returns a copy of the session's data.
func (s *Store) Get(ctx context.Context, id string) ([]byte, error) {
	if err := contract.Lookup(ctx, id); err != nil {
		return nil, contract.Error("memory: get", err)
	}
	data, err := s.shard(s.key(id)).get(s.key(id))
	if err != nil {
		return nil, contract.Error("memory: get", err)
	}
	return []byte(data), nil // a copy, made outside of the lock; never nil
}

// Set stores a copy of data.
func (s *Store) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := contract.Write(ctx, id, data, ttl); err != nil {
		return contract.Error("memory: set", err)
	}
	if err := s.put(ctx, id, data, ttl, always); err != nil {
		return contract.Error("memory: set", err)
	}
	return nil
}

// put stores data where allowed returns nil for the live session, or for nil
// where there is none.
func (s *Store) put(ctx context.Context, id string, data []byte, ttl time.Duration, allowed func(*entry) error) error {
	key := s.key(id)
	record := newRecord(key, data)
	return s.orMakeRoom(ctx, func() error { return s.shard(key).put(key, record, ttl, allowed) })
}

func always(*entry) error { return nil }

// Touch moves the deadline of a live session.
func (s *Store) Touch(ctx context.Context, id string, ttl time.Duration) error {
	if err := contract.Touch(ctx, id, ttl); err != nil {
		return contract.Error("memory: touch", err)
	}
	if err := s.shard(s.key(id)).touch(s.key(id), ttl); err != nil {
		return contract.Error("memory: touch", err)
	}
	return nil
}

// Delete ends a session.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := contract.Lookup(ctx, id); err != nil {
		return contract.Error("memory: delete", err)
	}
	if err := s.shard(s.key(id)).delete(s.key(id)); err != nil {
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

// Close drops all sessions and ends the store's goroutine. On a namespace it
// does nothing.
func (s *Store) Close() error {
	if s.path != "" {
		return nil
	}
	s.sweeper.Stop()
	for i := range s.shards {
		s.shards[i].close()
	}
	return nil
}

// now is the time since the store was made, by the monotonic clock.
func (s *database) now() time.Duration { return time.Since(s.start) }

func (s *database) shard(key string) *shard {
	return &s.shards[maphash.String(s.seed, key)%shardCount]
}
