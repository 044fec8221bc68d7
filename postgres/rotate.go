package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

const (
	// sqlRotate moves a row, in this order, which the parts prescribe by what
	// they take from each other. It locks the rows of both ids until it ends,
	// the lesser id first, so that two rotations in opposite directions queue
	// and do not deadlock (where the second row appears only later they still
	// may, and are refused and tried again). It judges the old row by its
	// newest version, and puts the new one where no live row is, as sqlCreate
	// does. Only then does it delete the old one. Like sqlSwap it may pass by
	// a row that it should have taken.
	sqlRotate = `
WITH locked AS (
	SELECT id, expires_at, data = $4::bytea AS equal FROM "sessions"
	WHERE namespace = $1 AND id IN ($2, $3) ORDER BY id FOR UPDATE
), placed AS (
	INSERT INTO "sessions" AS s (namespace, id, data, expires_at, sweep_at)
	SELECT $1::text, $3::text, $5::bytea,
		clock_timestamp() + $6::bigint * interval '1 microsecond',
		clock_timestamp() + $6::bigint * interval '1 microsecond'
	FROM locked WHERE locked.id = $2 AND locked.equal AND locked.expires_at > clock_timestamp()
	ON CONFLICT (namespace, id) DO UPDATE SET
		data = excluded.data,
		expires_at = clock_timestamp() + $6::bigint * interval '1 microsecond',
		sweep_at = least(s.sweep_at, clock_timestamp() + $6::bigint * interval '1 microsecond')
	WHERE s.expires_at <= clock_timestamp()
	RETURNING namespace
)
DELETE FROM "sessions" AS s USING placed
WHERE s.namespace = placed.namespace AND s.id = $2`

	// sqlLookTwice says what a rotation that changed nothing has met: whether
	// the old id's session is live and its data equal, no row where there is
	// none, and whether one is live under the new id. It locks nothing. An
	// expired row under the new id is in nobody's way: sqlRotate locks it
	// before it judges it.
	sqlLookTwice = `
SELECT expires_at > now(), coalesce(data = $4::bytea, false),
	EXISTS (SELECT FROM "sessions"
		WHERE namespace = $1 AND id = $3 AND expires_at > now())
FROM "sessions" WHERE namespace = $1 AND id = $2`
)

// RotateSwap moves a live session whose data equals old to another id, in one
// transaction: nobody sees it under both ids, or under none.
func (s *Store) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	const op = "postgres: rotate"
	err := contract.Lookup(ctx, oldID)
	if err == nil {
		err = contract.Write(ctx, newID, new, ttl)
	}
	if err != nil {
		return contract.Error(op, err)
	}
	old, new = expected(old), notNull(new)
	err = settle(ctx, func() (int64, error) {
		if oldID == newID {
			return 0, nil // the look will find that it is taken
		}
		return s.write(ctx, s.sql.rotate, s.namespace, oldID, newID, old, new, microseconds(ttl))
	}, func() error {
		return s.lookTwice(ctx, oldID, newID, old)
	})
	if err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// lookTwice returns why a rotation changed nothing, or nil where nothing is in
// its way any more.
func (s *Store) lookTwice(ctx context.Context, oldID, newID string, old []byte) error {
	var live, equal, taken bool
	err := s.read(ctx, func(conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, s.sql.lookTwice, s.namespace, oldID, newID, old).Scan(&live, &equal, &taken)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return sessionstore.ErrNotFound
	case err != nil:
		return err
	case !live:
		return s.expired(ctx, oldID)
	case !equal:
		return sessionstore.ErrConflict
	case taken:
		return sessionstore.ErrExists
	default:
		return nil
	}
}
