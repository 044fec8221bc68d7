package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore/internal/contract"
)

// schemaVersion is the version that schema.sql makes.
const schemaVersion = 1

// schema makes everything, from nothing.
//
//go:embed schema.sql
var schema string

// migrationLock is the advisory lock ("sessions" in ASCII) under which a
// database's tables of sessions are made or changed, one process at a time.
const migrationLock = 0x73657373696f6e73

// Migrate makes the tables of [Options.Table], or brings them to the version
// of this package. Where they are in that version it only reads. Many
// processes may call it at once. A version that is newer than this package
// knows is an error, and so is a table of that name that is something else;
// both stay untouched.
//
// The database's user needs the right to create tables in the schema, which
// itself must be there.
func Migrate(ctx context.Context, pool *pgxpool.Pool, opts Options) error {
	const op = "postgres: migrate"
	if pool == nil {
		return contract.Error(op, errors.New("the pool is nil"))
	}
	names, err := opts.check()
	if err != nil {
		return contract.Error(op, err)
	}
	if err := migrate(ctx, pool, names); err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// migrate returns an error that may be shown.
func migrate(ctx context.Context, pool *pgxpool.Pool, names *names) error {
	version, err := readVersion(ctx, pool, names)
	if err != nil {
		return migrateCause(ctx, err)
	}
	if version != 0 {
		return checkVersion(version)
	}
	// Whoever waited for the lock has to see what was done meanwhile, so that
	// a stricter default of the database must not apply.
	err = pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1::bigint)`, int64(migrationLock)); err != nil {
			return err
		}
		version, err := readVersion(ctx, tx, names)
		if err != nil || version != 0 {
			return err
		}
		_, err = tx.Exec(ctx, names.sql(schema))
		return err
	})
	if err != nil {
		return migrateCause(ctx, err)
	}
	version, err = readVersion(ctx, pool, names)
	if err != nil {
		return migrateCause(ctx, err)
	}
	return checkVersion(version)
}

// readVersion returns 0 where there is no table of versions. It asks for the
// row itself, in a transaction or a savepoint of its own, and takes a refusal
// for an answer: to_regclass would still answer from the server process's cache
// that there is no table, after a wait for the lock during which another
// process made it.
func readVersion(ctx context.Context, db interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}, names *names) (int, error) {
	version := 0
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, names.sql(sqlVersion)).Scan(&version)
	})
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == codeNoTable {
		return 0, nil
	}
	return version, err
}

// checkVersion refuses what this package does not know: it would read and
// write rows that mean something else. An older version will be migrated,
// when there is one.
func checkVersion(version int) error {
	if version == schemaVersion {
		return nil
	}
	return fmt.Errorf("the table's schema has version %d and this program knows version %d:"+
		" update the program, or give it a table of its own (Options.Table)", version, schemaVersion)
}
