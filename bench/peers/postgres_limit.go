package peers

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
)

// The statements of the bare client. pgx prepares each once on a connection.
const (
	sqlBareTable = `
CREATE TABLE IF NOT EXISTS bare (id text COLLATE "C" PRIMARY KEY, data bytea NOT NULL, expires_at timestamptz NOT NULL) WITH (fillfactor = 70)`

	sqlBareGet = `SELECT data FROM bare WHERE id = $1`
	sqlBareSet = `
INSERT INTO bare (id, data, expires_at) VALUES ($1, $2, clock_timestamp() + $3 * interval '1 microsecond')
ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`
	sqlBareTouch       = `UPDATE bare SET expires_at = clock_timestamp() + $2 * interval '1 microsecond' WHERE id = $1`
	sqlBareGetAndTouch = sqlBareTouch + ` RETURNING data`
	sqlBareDelete      = `DELETE FROM bare WHERE id = $1`
)

// barePostgres is pgx with one statement an operation.
type barePostgres struct{ pool *pgxpool.Pool }

func openPgx(ctx context.Context, place target.Place) (Store, error) {
	pool, err := connect(ctx, place, sqlBareTable)
	if err != nil {
		return nil, err
	}
	return barePostgres{pool}, nil
}

func (s barePostgres) Get(ctx context.Context, id string) ([]byte, error) {
	var data []byte
	err := s.pool.QueryRow(ctx, sqlBareGet, id).Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, sessionstore.ErrNotFound
	}
	return data, err
}

func (s barePostgres) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	_, err := s.pool.Exec(ctx, sqlBareSet, id, data, ttl.Microseconds())
	return unknown(err)
}

func (s barePostgres) Touch(ctx context.Context, id string, ttl time.Duration) error {
	tag, err := s.pool.Exec(ctx, sqlBareTouch, id, ttl.Microseconds())
	if err == nil && tag.RowsAffected() == 0 {
		return sessionstore.ErrNotFound
	}
	return unknown(err)
}

func (s barePostgres) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	var data []byte
	err := s.pool.QueryRow(ctx, sqlBareGetAndTouch, id, ttl.Microseconds()).Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, sessionstore.ErrNotFound
	}
	return data, unknown(err)
}

func (s barePostgres) Delete(ctx context.Context, id string) error {
	_, err := s.pool.Exec(ctx, sqlBareDelete, id)
	return unknown(err)
}

func (s barePostgres) Close() error {
	s.pool.Close()
	return nil
}
