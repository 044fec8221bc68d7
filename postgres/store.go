// Package postgres keeps sessions in a table of a PostgreSQL database, version
// 12 or newer.
//
// What survives: every acknowledged write survives a restart and a crash of
// the server, as long as the server has fsync and synchronous_commit on, as it
// has by default. With synchronous_commit off, the last moments before a crash
// may be lost, logouts included. After a failover to an asynchronous replica
// the same holds.
//
// Limits: deadlines are the server's, by its clock, exact to a microsecond; the
// clocks and time zones of applications do not matter. The server must be a
// primary: a standby shows sessions that were already deleted. [Open] sees to
// that; a pool that is given to [New] must.
//
// Every operation on sessions is one statement and one transaction, RotateSwap
// with its two ids included: it happens whole or not at all, and is one round
// trip. A write that changes nothing takes a second to say why. Whoever meets an
// expired row, Get and All included, removes it with another statement, which
// waits for a write that is just renewing it: no session is missed that lives
// on. Get therefore needs the right to update and delete, too. All reads pages
// of about a megabyte, Clear and DeleteExpired work in batches; none of the
// three is one transaction.
//
// Behind pgbouncer 1.21 or newer, with max_prepared_statements above zero,
// nothing needs to be set. Before that, or with it at zero, add
// default_query_exec_mode=exec to the URL.
//
//	store, err := postgres.Open(ctx, "postgres://app:secret@db:5432/app?sslmode=verify-full", postgres.Options{})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
package postgres

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
	"github.com/coatcheck/sessionstore/internal/sweeper"
)

// Store is a sessionstore.Store in PostgreSQL. Its methods may be called by
// many goroutines.
type Store struct {
	*core
	namespace string // its path; empty for sessions
}

// core is what a store and its namespaces share.
type core struct {
	pool    *pgxpool.Pool
	names   *names
	sql     statements
	sweeper *sweeper.Sweeper
	closed  atomic.Bool
	end     func() // gives back what Open made; nil where the pool was given
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

// New returns a store on a pool, which stays the caller's: Close does not
// close it. It sends nothing. The table must be there ([Migrate], or
// schema.sql by hand); without it every method says so, Ping first of all.
//
// It starts one goroutine, which Close ends, unless [Options.SweepInterval]
// turns it off.
func New(pool *pgxpool.Pool, opts Options) (*Store, error) {
	const op = "postgres: new"
	if pool == nil {
		return nil, contract.Error(op, errors.New("the pool is nil"))
	}
	if opts.MaxConns != 0 {
		return nil, contract.Error(op, errors.New("Options.MaxConns is for Open: a given pool has its own MaxConns"))
	}
	names, err := opts.check()
	if err != nil {
		return nil, contract.Error(op, err)
	}
	return newStore(pool, names, opts), nil
}

func newStore(pool *pgxpool.Pool, names *names, opts Options) *Store {
	c := &core{pool: pool, names: names, sql: newStatements(names)}
	if opts.SweepInterval == 0 {
		opts.SweepInterval = DefaultSweepInterval
	}
	c.sweeper = sweeper.Start(opts.SweepInterval, c.sweepAll, opts.OnError)
	return &Store{core: c}
}

// Get returns the session's data, in bytes of its own.
func (s *Store) Get(ctx context.Context, id string) ([]byte, error) {
	const op = "postgres: get"
	if err := contract.Lookup(ctx, id); err != nil {
		return nil, contract.Error(op, err)
	}
	data, err := s.get(ctx, id)
	if err != nil {
		return nil, contract.Error(op, err)
	}
	return notNull(data), nil
}

// get looks until it meets a live session, or none. Its error may be shown.
func (s *Store) get(ctx context.Context, id string) (data []byte, err error) {
	err = settle(ctx, func() (int64, error) {
		var live bool
		err := s.read(ctx, func(conn *pgxpool.Conn) error {
			return conn.QueryRow(ctx, s.sql.get, s.namespace, id).Scan(&live, &data)
		})
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return 0, sessionstore.ErrNotFound
		case err != nil || !live:
			return 0, err
		default:
			return 1, nil
		}
	}, func() error {
		return s.expired(ctx, id)
	})
	return data, err
}

// Set stores data.
func (s *Store) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	const op = "postgres: set"
	if err := contract.Write(ctx, id, data, ttl); err != nil {
		return contract.Error(op, err)
	}
	if _, err := s.write(ctx, s.sql.set, s.namespace, id, notNull(data), microseconds(ttl)); err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// Touch moves the deadline of a live session. Its cost does not depend on the
// size of the data.
func (s *Store) Touch(ctx context.Context, id string, ttl time.Duration) error {
	const op = "postgres: touch"
	if err := contract.Touch(ctx, id, ttl); err != nil {
		return contract.Error(op, err)
	}
	err := settle(ctx, func() (int64, error) {
		return s.write(ctx, s.sql.touch, s.namespace, id, microseconds(ttl))
	}, func() error {
		return s.lookLive(ctx, id)
	})
	if err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// Delete ends a session.
func (s *Store) Delete(ctx context.Context, id string) error {
	const op = "postgres: delete"
	if err := contract.Lookup(ctx, id); err != nil {
		return contract.Error(op, err)
	}
	if _, err := s.write(ctx, s.sql.delete, s.namespace, id); err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// Ping returns nil when the server answers and the tables are there, in the
// version of this package.
func (s *Store) Ping(ctx context.Context) error {
	const op = "postgres: ping"
	if err := ctx.Err(); err != nil {
		return contract.Error(op, err)
	}
	var version int
	err := s.read(ctx, func(conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, s.sql.version).Scan(&version)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		err = errNoVersion
	case err == nil:
		err = checkVersion(version)
	}
	if err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// Close ends the sweeper. A store from [Open] also closes its connections,
// once the calls under way have ended: those that have not after two seconds,
// because the server hangs, are cut off, and a write among them has an unknown
// outcome. Close of a namespace does nothing.
func (s *Store) Close() error {
	if s.namespace != "" {
		return nil
	}
	s.closed.Store(true)
	s.sweeper.Stop()
	if s.end != nil {
		s.end()
	}
	return nil
}

// notNull returns data, and empty data for nil: nil would be NULL to the
// server, and a miss to a caller.
func notNull(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
