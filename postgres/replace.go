package postgres

import (
	"context"
	"time"

	"github.com/coatcheck/sessionstore/internal/contract"
)

// sqlReplace locks the row of the id until it ends, and judges by what it finds
// after a wait, as sqlTouch does: a session that was deleted meanwhile is not
// brought back. Like sqlTouch it may pass by a row that is being renewed. With the same ttl as before it is HOT.
const sqlReplace = `
UPDATE "sessions" SET
	data = $3::bytea,
	expires_at = clock_timestamp() + $4::bigint * interval '1 microsecond',
	sweep_at = least(sweep_at, clock_timestamp() + $4::bigint * interval '1 microsecond')
WHERE namespace = $1 AND id = $2 AND expires_at > clock_timestamp()`

// Replace stores data where a session is live.
func (s *Store) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	const op = "postgres: replace"
	if err := contract.Write(ctx, id, data, ttl); err != nil {
		return contract.Error(op, err)
	}
	data = notNull(data)
	err := settle(ctx, func() (int64, error) {
		return s.write(ctx, s.sql.replace, s.namespace, id, data, microseconds(ttl))
	}, func() error {
		return s.lookLive(ctx, id)
	})
	if err != nil {
		return contract.Error(op, err)
	}
	return nil
}
