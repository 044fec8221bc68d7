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
	// sqlSwap locks the row of the id until it ends. It finds the row by the
	// version that was committed when it began. Where another has locked that
	// one, it waits and judges by the newest; but where that one is not equal
	// or has ended, it passes by, though a newer version may be equal. That it
	// changed nothing therefore proves nothing.
	sqlSwap = `
UPDATE "sessions" SET
	data = $4::bytea,
	expires_at = clock_timestamp() + $5::bigint * interval '1 microsecond',
	sweep_at = least(sweep_at, clock_timestamp() + $5::bigint * interval '1 microsecond')
WHERE namespace = $1 AND id = $2 AND expires_at > clock_timestamp() AND data = $3::bytea`

	// sqlLook says what a swap that changed nothing has met, as sqlGet would
	// see it. It locks nothing.
	sqlLook = `
SELECT expires_at > now(), coalesce(data = $3::bytea, false) FROM "sessions"
WHERE namespace = $1 AND id = $2`
)

// CompareAndSwap stores data where a session is live and its data equals old.
func (s *Store) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	const op = "postgres: compare and swap"
	if err := contract.Write(ctx, id, new, ttl); err != nil {
		return contract.Error(op, err)
	}
	old, new = expected(old), notNull(new)
	err := settle(ctx, func() (int64, error) {
		return s.write(ctx, s.sql.swap, s.namespace, id, old, new, microseconds(ttl))
	}, func() error {
		return s.look(ctx, id, old)
	})
	if err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// look returns why a swap changed nothing, or nil where nothing is in its way
// any more.
func (s *Store) look(ctx context.Context, id string, old []byte) error {
	var live, equal bool
	err := s.read(ctx, func(conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, s.sql.look, s.namespace, id, old).Scan(&live, &equal)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return sessionstore.ErrNotFound
	case err != nil:
		return err
	case !live:
		return s.expired(ctx, id)
	case !equal:
		return sessionstore.ErrConflict
	default:
		return nil
	}
}

// lookLive returns why a write that wants a live session changed nothing, or
// nil where nothing is in its way any more.
func (s *Store) lookLive(ctx context.Context, id string) error {
	var live bool
	err := s.read(ctx, func(conn *pgxpool.Conn) error {
		return conn.QueryRow(ctx, s.sql.live, s.namespace, id).Scan(&live)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return sessionstore.ErrNotFound
	case err == nil && !live:
		return s.expired(ctx, id)
	default:
		return err
	}
}

// settle calls change until it changes something, or returns a session, or
// fails, or until look, which it calls otherwise, says why, or ctx ends.
func settle(ctx context.Context, change func() (rows int64, err error), look func() error) error {
	for attempt := 1; ; attempt++ {
		if rows, err := change(); err != nil || rows > 0 {
			return err
		}
		if err := look(); err != nil {
			return err
		}
		if !pause(ctx, attempt) {
			return contract.CtxError(ctx)
		}
	}
}

// expected returns what data is to be equal to. More than a session holds is
// equal to none, as is NULL, which takes less to send.
func expected(old []byte) []byte {
	if len(old) > sessionstore.MaxDataBytes {
		return nil
	}
	return notNull(old)
}
