package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore/internal/contract"
)

// clearBatch is how many rows one transaction of Clear removes, and keeps
// locked, at most.
const clearBatch = 1000

// sqlClear removes the next rows after a key, in the order of the primary key,
// and returns the last one's. It locks them in the order in which rotations
// lock theirs. Where it has to wait for one, it removes the newest version.
const sqlClear = `
WITH batch AS (
	SELECT namespace, id FROM "sessions"
	WHERE (namespace, id) > ($1::text, $2::text) AND namespace < $3::text
	ORDER BY namespace, id LIMIT $4::bigint FOR UPDATE
), gone AS (
	DELETE FROM "sessions" AS s USING batch
	WHERE s.namespace = batch.namespace AND s.id = batch.id
)
SELECT namespace, id FROM batch ORDER BY namespace DESC, id DESC LIMIT 1`

// Clear removes the sessions and the records of all namespaces, or those of
// this namespace and of the ones in it, 1,000 in a transaction. It goes through
// the ids once, in their order: what is stored meanwhile may stay.
func (s *Store) Clear(ctx context.Context) error {
	const op = "postgres: clear"
	if err := ctx.Err(); err != nil {
		return contract.Error(op, err)
	}
	for _, r := range ranges(s.namespace) {
		if err := s.clear(ctx, r); err != nil {
			return contract.Error(op, err)
		}
	}
	return nil
}

// nsRange is the namespaces from one, up to and without another, in the order
// of their bytes.
type nsRange struct{ from, to string }

// ranges returns where the records of a namespace and of those in it are. The
// two are apart: between the paths a and a:b is a-b, which is neither.
func ranges(namespace string) []nsRange {
	if namespace == "" {
		return []nsRange{{"", "\x7f"}} // no path begins with a byte as large
	}
	return []nsRange{
		{namespace, namespace + "\x01"},    // nothing is between the two
		{namespace + ":", namespace + ";"}, // the next byte after the colon
	}
}

// clear removes the rows of a range, batch by batch. Where the server's default
// is a stricter isolation it refuses a batch of which another has changed one
// row, so that the next attempt is smaller. Its error may be shown.
func (c *core) clear(ctx context.Context, r nsRange) error {
	namespace, id := r.from, "" // before every id
	limit := clearBatch
	for {
		var lastNamespace, lastID string
		err := c.change(ctx, func(conn *pgxpool.Conn) error {
			err := conn.QueryRow(ctx, c.sql.clear, namespace, id, r.to, limit).Scan(&lastNamespace, &lastID)
			if err != nil {
				limit = max(limit/2, 1)
			}
			return err
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		namespace, id, limit = lastNamespace, lastID, min(2*limit, clearBatch)
	}
}
