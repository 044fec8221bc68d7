package peers

import (
	"context"
	"time"

	"github.com/alexedwards/scs/pgxstore"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
)

// sqlPgxstore is the table and the index that scs's documentation asks for. The
// name is fixed in its statements.
const sqlPgxstore = `
CREATE TABLE IF NOT EXISTS sessions (token text PRIMARY KEY, data bytea NOT NULL, expiry timestamptz NOT NULL);
CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry)`

// pgxStore is scs's store on pgx.
type pgxStore struct {
	store *pgxstore.PostgresStore
	pool  *pgxpool.Pool
}

// openPgxstore leaves out the clean-up: its goroutine makes the channel by
// which it is stopped, so that whoever stops it races with its start.
func openPgxstore(ctx context.Context, place target.Place) (Store, error) {
	pool, err := connect(ctx, place, sqlPgxstore)
	if err != nil {
		return nil, err
	}
	return rewrite(pgxStore{pgxstore.NewWithCleanupInterval(pool, 0), pool}), nil
}

func (s pgxStore) Get(_ context.Context, id string) ([]byte, error) {
	data, found, err := s.store.Find(id)
	if err == nil && !found {
		err = sessionstore.ErrNotFound
	}
	return data, err
}

func (s pgxStore) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	return unknown(s.store.Commit(id, data, time.Now().Add(ttl)))
}

func (s pgxStore) Delete(_ context.Context, id string) error { return unknown(s.store.Delete(id)) }

func (s pgxStore) Close() error {
	s.pool.Close()
	return nil
}
