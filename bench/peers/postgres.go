package peers

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/postgres"
)

// postgresPeers are stores and the client for PostgreSQL.
func postgresPeers() []Peer {
	return []Peer{
		{Name: "scs-pgxstore", Backend: "postgres", Module: "github.com/alexedwards/scs/pgxstore", Rewrites: true,
			Differs: "heeds no context; the application's clock says when a session ends; an index on the deadline, so that no update is HOT", open: openPgxstore, remove: dropSchema},
		{Name: "limit-pgx", Backend: "postgres", Module: "github.com/jackc/pgx/v5", Endless: true,
			Differs: "one prepared statement each, on a table with no index but the key's; nobody looks at the deadlines", open: openPgx, remove: dropSchema},
	}
}

// connect returns a pool as large as that of ours, whose connections find their
// tables in the place's schema, and makes that schema and its tables.
func connect(ctx context.Context, place target.Place, tables string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(place.URL)
	if err != nil {
		return nil, err
	}
	config.MaxConns = postgres.DefaultMaxConns
	config.ConnConfig.RuntimeParams["search_path"] = place.Name
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, fmt.Sprintf("CREATE SCHEMA IF NOT EXISTS %q; %s", place.Name, tables)); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// dropSchema removes the place's schema with all that is in it.
func dropSchema(ctx context.Context, place target.Place) error {
	conn, err := pgx.Connect(ctx, place.URL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, fmt.Sprintf("DROP SCHEMA IF EXISTS %q CASCADE", place.Name))
	return err
}
