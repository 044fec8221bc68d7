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

// sqlSweep looks at the rows that are due longest and locks them until it
// ends: a Set, Touch or Delete of one of them waits that long, a Get does
// not. Rows that others have locked are left to the next round. What is
// dead under the lock stays dead; the deadline is checked once more by
// the deletion itself all the same. now() is fixed for the statement,
// which lets the index find the rows, and is never late.
const sqlSweep = `
WITH due AS (
	SELECT namespace, id, expires_at <= now() AS dead FROM "sessions"
	WHERE sweep_at <= now() ORDER BY sweep_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM "sessions" AS s USING due
	WHERE due.dead AND s.namespace = due.namespace AND s.id = due.id AND s.expires_at <= now()
	RETURNING 1
), moved AS (
	UPDATE "sessions" AS s SET sweep_at = s.expires_at FROM due
	WHERE NOT due.dead AND s.namespace = due.namespace AND s.id = due.id
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM gone)`

// sweepAll removes what has expired, for the sweeper.
func (c *core) sweepAll(ctx context.Context) error {
	_, err := removeAll(func() (due, gone int, err error) {
		ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
		defer cancel()
		return c.sweep(ctx)
	})
	if err == nil || c.closed.Load() { // Close is then why it failed
		return nil
	}
	return contract.Error("postgres: sweep", err)
}

// DeleteExpired removes the rows that have expired, of sessions and of all
// namespaces, 1,000 in a transaction. It leaves those that another transaction
// has locked, and counts what it removed also where it ends with an error.
func (s *Store) DeleteExpired(ctx context.Context) (int, error) {
	const op = "postgres: delete expired"
	if err := ctx.Err(); err != nil {
		return 0, contract.Error(op, err)
	}
	removed, err := removeAll(func() (due, gone int, err error) { return s.sweep(ctx) })
	if err != nil {
		return removed, contract.Error(op, err)
	}
	return removed, nil
}

// removeAll calls sweep until a batch is not full, and returns how many rows
// are gone.
func removeAll(sweep func() (due, gone int, err error)) (removed int, err error) {
	for {
		due, gone, err := sweep()
		removed += gone
		if err != nil || due < sweepBatch {
			return removed, err
		}
	}
}

// sweep handles one batch, and returns how many rows were due and how many of
// them it removed. The others were live, and are looked at again when they
// would expire by now.
func (c *core) sweep(ctx context.Context) (due, gone int, err error) {
	err = c.change(ctx, func(conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, c.sql.sweep, sweepBatch).Scan(&due, &gone)
	})
	if err != nil {
		return 0, 0, err
	}
	return due, gone, nil
}
