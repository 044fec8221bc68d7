package postgres

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore"
)

// sqlExpire removes those of some rows that have expired. It is how an expired
// row is told from one that is being renewed: a write that found the session
// live shows its new deadline only when it commits, and until then everybody
// sees the old one. The removal waits for that write and judges the newest
// version. A lock alone would not do: a statement that has judged a session
// live and has not locked it yet looks again only at a row that was changed or
// deleted meanwhile. It locks the rows in the order in which rotations lock
// theirs.
const sqlExpire = `
WITH seen AS (
	SELECT id FROM "sessions"
	WHERE namespace = $1 AND id = ANY($2::text[]) ORDER BY id FOR UPDATE
)
DELETE FROM "sessions" AS s USING seen
WHERE s.namespace = $1 AND s.id = seen.id AND s.expires_at <= clock_timestamp()`

// expire removes rows that were seen to have expired, and reports whether all
// of them had: where it is false, the caller has to look again. Nobody can tell
// that an expired row is gone, so that its error is that of a read.
func (s *Store) expire(ctx context.Context, ids []string) (gone bool, err error) {
	err = s.read(ctx, func(conn *pgxpool.Conn) error {
		tag, err := conn.Exec(ctx, s.sql.expire, s.namespace, ids)
		gone = tag.RowsAffected() == int64(len(ids))
		return err
	})
	return gone, err
}

// expired returns ErrNotFound where a row that was seen to have expired has, or
// nil where the caller has to look again.
func (s *Store) expired(ctx context.Context, id string) error {
	gone, err := s.expire(ctx, []string{id})
	if err == nil && gone {
		return sessionstore.ErrNotFound
	}
	return err
}
