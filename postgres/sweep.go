package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore/internal/contract"
)

const (
	// sweepBatch is how many rows one transaction of the sweeper looks at,
	// and keeps locked, at most.
	sweepBatch = 1000

	// sweepTimeout bounds one such transaction, so that a server that hangs
	// does not hold a connection for ever.
	sweepTimeout = 30 * time.Second
)

// sweepAll removes what has expired, batch by batch, until a batch is not
// full.
func (s *Store) sweepAll(ctx context.Context) error {
	for {
		due, _, err := s.sweep(ctx)
		if s.closed.Load() {
			return nil // whatever came of it, Close is why
		}
		if err != nil {
			return contract.Error("postgres: sweep", err)
		}
		if due < sweepBatch {
			return nil
		}
	}
}

// sweep handles one batch, and returns how many rows were due and how many of
// them it removed. The others were live, and are looked at again when they
// would expire by now.
func (s *Store) sweep(ctx context.Context) (due, gone int, err error) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	err = s.read(ctx, func(conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, s.sql.sweep, sweepBatch).Scan(&due, &gone)
	})
	return due, gone, err
}
