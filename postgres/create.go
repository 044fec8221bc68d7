package postgres

import (
	"context"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// sqlCreate is sqlSet, but leaves a live row as it is. It locks the row of the
// id, if there is one, waits for whoever has locked it, and judges its newest
// version: of two that meet, the second finds what the first has put there.
const sqlCreate = `
INSERT INTO "sessions" AS s (namespace, id, data, expires_at, sweep_at)
VALUES ($1, $2, $3::bytea,
	clock_timestamp() + $4::bigint * interval '1 microsecond',
	clock_timestamp() + $4::bigint * interval '1 microsecond')
ON CONFLICT (namespace, id) DO UPDATE SET
	data = excluded.data,
	expires_at = clock_timestamp() + $4::bigint * interval '1 microsecond',
	sweep_at = least(s.sweep_at, clock_timestamp() + $4::bigint * interval '1 microsecond')
WHERE s.expires_at <= clock_timestamp()`

// Create stores data where no session is live.
func (s *Store) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	const op = "postgres: create"
	if err := contract.Write(ctx, id, data, ttl); err != nil {
		return contract.Error(op, err)
	}
	rows, err := s.write(ctx, s.sql.create, s.namespace, id, notNull(data), microseconds(ttl))
	if err == nil && rows == 0 {
		err = sessionstore.ErrExists
	}
	if err != nil {
		return contract.Error(op, err)
	}
	return nil
}
