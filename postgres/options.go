package postgres

import (
	"errors"
	"time"
)

const (
	// DefaultSweepInterval is how often expired rows are removed where
	// [Options.SweepInterval] is zero.
	DefaultSweepInterval = 5 * time.Minute

	// DefaultMaxConns is how many connections [Open] makes at most where
	// neither [Options.MaxConns] nor the URL says: over a network with 2 ms
	// of delay 16 carry some 8,000 operations a second, pgx's own default of
	// 4 a quarter of that. Six processes with 16 each stay below the 100 that
	// a PostgreSQL server accepts by default.
	DefaultMaxConns = 16
)

// Options are the settings of a Store. The zero value works.
type Options struct {
	// Table is the table's name, or its schema and name with a dot between.
	// Letters, digits, _ and $ are allowed, and the case counts: "Sessions"
	// is another table than "sessions". A second table, <Table>_schema,
	// holds the version of the layout. Empty means [DefaultTable]. Stores
	// with the same table share their sessions.
	Table string

	// MaxConns is the most connections that a store from [Open] makes. A
	// call that finds all of them busy waits for one, as long as its context
	// allows. Zero means what the URL says (pool_max_conns), else
	// [DefaultMaxConns]. All processes together must stay below the server's
	// max_connections, or some calls fail. With [New] it must be zero: the
	// pool has its own.
	MaxConns int

	// SweepInterval is the time between two removals of expired rows, each a
	// tenth shorter or longer at random, so that many processes do not sweep
	// in step. Zero means [DefaultSweepInterval]. A negative value turns them
	// off: expired sessions stay invisible, but keep their rows, and the
	// table grows unless another process sweeps it.
	SweepInterval time.Duration

	// OnError gets the errors of sweeps, from the sweeper's goroutine. They
	// harm no session; the next sweep tries again. Nil drops them.
	OnError func(error)
}

// maxConnsLimit is the largest max_connections that PostgreSQL knows.
const maxConnsLimit = 1<<18 - 1

func (o Options) check() (*names, error) {
	if o.MaxConns < 0 || o.MaxConns > maxConnsLimit {
		return nil, errors.New("Options.MaxConns: want zero for the default, or 1 to 262143")
	}
	return newNames(o.Table)
}
