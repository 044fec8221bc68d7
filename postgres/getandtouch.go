package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore/internal/contract"
)

// sqlGetAndTouch is sqlTouch, and as HOT. It returns the data of the version
// that it has locked.
const sqlGetAndTouch = sqlTouch + `
RETURNING data`

// GetAndTouch returns the data of a live session, in bytes of its own, and
// moves its deadline. It writes, and so costs more than Get.
func (s *Store) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	const op = "postgres: get and touch"
	if err := contract.Touch(ctx, id, ttl); err != nil {
		return nil, contract.Error(op, err)
	}
	var data []byte
	err := settle(ctx, func() (int64, error) {
		err := s.change(ctx, func(conn *pgxpool.Conn) error {
			return conn.QueryRow(ctx, s.sql.getAndTouch, s.namespace, id, microseconds(ttl)).Scan(&data)
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, nil
		}
		return 1, err
	}, func() error {
		return s.lookLive(ctx, id)
	})
	if err != nil {
		return nil, contract.Error(op, err)
	}
	return notNull(data), nil
}
