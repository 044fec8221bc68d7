package postgres

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestMigrateAtOnce is many processes that start at the same time: half of them
// as serializable as a database's default may ask for.
func TestMigrateAtOnce(t *testing.T) {
	server := testserver.Postgres(t)
	const rounds, processes = 10, 8
	pools := make([]*pgxpool.Pool, processes)
	for i := range pools {
		rawURL := server.URL()
		if i%2 == 1 {
			rawURL = with(t, rawURL, "default_transaction_isolation", "serializable")
		}
		pools[i] = newPool(t, rawURL)
	}
	for range rounds {
		table := newTable(t, server.URL())
		var wait sync.WaitGroup
		for _, pool := range pools {
			wait.Go(func() {
				if err := Migrate(t.Context(), pool, Options{Table: table}); err != nil {
					t.Errorf("%v", err)
				}
			})
		}
		wait.Wait()
		if got := number(t, pools[0], `SELECT count(*) FROM "`+table+`_schema"`); got != 1 {
			t.Errorf("got %d version rows, want 1", got)
		}
		use(t, given(t, pools[0], table))
	}
}

func TestMigrateKeepsSessions(t *testing.T) {
	server := testserver.Postgres(t)
	pool := newPool(t, server.URL())
	table := newTable(t, server.URL())
	s := opened(t, server.URL(), Options{Table: table})
	id := sessionstore.NewID()
	if err := s.Set(t.Context(), id, []byte("kept"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := Migrate(t.Context(), pool, Options{Table: table}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), id); string(got) != "kept" {
		t.Errorf("got %q and error %v, want kept", got, err)
	}
}

// TestEveryTableName makes, uses and sweeps a table of each kind of name, in a
// schema whose name needs quotes, beside a table that an injection would drop.
func TestEveryTableName(t *testing.T) {
	server := testserver.Postgres(t)
	pool := newPool(t, server.URL())
	schemaName := "Order_" + newTable(t, server.URL())
	query(t, server.URL(), `CREATE SCHEMA "`+schemaName+`"`)
	t.Cleanup(func() { query(t, server.URL(), `DROP SCHEMA "`+schemaName+`" CASCADE`) })
	for _, name := range goodTables {
		table := schemaName + "." + name
		use(t, opened(t, server.URL(), Options{Table: table}))
		if got := number(t, pool, `SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND tablename = $2`, schemaName, name); got != 1 {
			t.Errorf("%s: got %d tables of exactly that name, want 1", table, got)
		}
	}
	tables := number(t, pool, `SELECT count(*) FROM pg_tables WHERE schemaname = $1`, schemaName)
	if want := 2 * len(goodTables); tables != want {
		t.Errorf("got %d tables, want %d", tables, want)
	}
	for _, name := range badTables {
		if err := Migrate(t.Context(), pool, Options{Table: name}); err == nil {
			t.Errorf("Migrate of %q: got no error", name)
		}
		if _, err := New(pool, Options{Table: name}); err == nil {
			t.Errorf("New with %q: got no error", name)
		}
	}
}

// TestSchemaByHand runs schema.sql as it is published.
func TestSchemaByHand(t *testing.T) {
	server := testserver.Postgres(t)
	space := newTable(t, server.URL())
	query(t, server.URL(), `CREATE SCHEMA `+space)
	t.Cleanup(func() { query(t, server.URL(), `DROP SCHEMA `+space+` CASCADE`) })
	rawURL := with(t, server.URL(), "search_path", space)
	query(t, rawURL, schema)
	s := given(t, newPool(t, rawURL), "")
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	use(t, s)
	use(t, opened(t, rawURL, Options{}))
}

func TestMigrateRefuses(t *testing.T) {
	server := testserver.Postgres(t)
	pool := newPool(t, server.URL())
	for name, c := range map[string]struct {
		before string // with "sessions" for the table
		want   string
	}{
		"newer":         {schema + `UPDATE "sessions_schema" SET version = 2;`, "update the program"},
		"foreign table": {`CREATE TABLE "sessions" (x integer)`, "is not a store's"},
		"foreign index": {`CREATE TABLE "sessions_sweep_at" (x integer)`, "is not a store's"},
		"no version":    {schema + `DELETE FROM "sessions_schema";`, "has no row"},
	} {
		t.Run(name, func(t *testing.T) {
			table := newTable(t, server.URL())
			names, err := newNames(table)
			if err != nil {
				t.Fatal(err)
			}
			query(t, server.URL(), names.sql(c.before))
			if name == "foreign index" {
				t.Cleanup(func() { query(t, server.URL(), `DROP TABLE "`+table+`_sweep_at"`) })
			}
			const relations = `SELECT count(*) FROM pg_class WHERE relname LIKE $1 || '%'`
			before := number(t, pool, relations, table)
			err = Migrate(t.Context(), pool, Options{Table: table})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Migrate: got error %v, want one with %q", err, c.want)
			}
			if _, err := Open(t.Context(), server.URL(), small(Options{Table: table})); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Open: got error %v, want one with %q", err, c.want)
			}
			if after := number(t, pool, relations, table); after != before {
				t.Errorf("%d tables and indexes became %d", before, after)
			}
		})
	}
}

// TestPingSeesTheSchema: a store on a given pool has nobody to migrate for it.
func TestPingSeesTheSchema(t *testing.T) {
	server := testserver.Postgres(t)
	table := newTable(t, server.URL())
	s := given(t, newPool(t, server.URL()), table)
	wantText(t, s.Ping(t.Context()), "call postgres.Migrate once, or use postgres.Open")
	_, err := s.Get(t.Context(), "a")
	wantText(t, err, "call postgres.Migrate once, or use postgres.Open")
	if err := Migrate(t.Context(), s.pool, Options{Table: table}); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping after Migrate: %v", err)
	}
	use(t, s)
	query(t, server.URL(), `UPDATE "`+table+`_schema" SET version = 2`)
	wantText(t, s.Ping(t.Context()), "update the program")
}

// TestLittleRights: a user who may not create tables works on one that is
// there.
func TestLittleRights(t *testing.T) {
	server := testserver.Postgres(t)
	if !server.Owned() {
		t.Skip("the test makes a role, which is not for a server that others use")
	}
	name := newTable(t, server.URL())
	table, role := name+".sessions", "role_"+name
	query(t, server.URL(), `CREATE ROLE "`+role+`" LOGIN; CREATE SCHEMA "`+name+`"; GRANT USAGE ON SCHEMA "`+name+`" TO "`+role+`"`)
	t.Cleanup(func() { query(t, server.URL(), `DROP SCHEMA "`+name+`" CASCADE; DROP ROLE "`+role+`"`) })
	rawURL := strings.Replace(server.URL(), "postgres://postgres@", "postgres://"+role+"@", 1)
	_, err := Open(t.Context(), rawURL, small(Options{Table: table}))
	wantText(t, err, "run schema.sql and grant")
	if err := Migrate(t.Context(), newPool(t, server.URL()), Options{Table: table}); err != nil {
		t.Fatal(err)
	}
	query(t, server.URL(), `GRANT SELECT, INSERT, UPDATE, DELETE ON "`+name+`".sessions TO "`+role+`"; GRANT SELECT ON "`+name+`".sessions_schema TO "`+role+`"`)
	use(t, opened(t, rawURL, Options{Table: table}))
}

// given returns a store on a pool of the test's.
func given(t *testing.T, pool *pgxpool.Pool, table string) *Store {
	t.Helper()
	s, err := New(pool, Options{Table: table, SweepInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newPool(t *testing.T, rawURL string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), with(t, rawURL, "pool_max_conns", "2"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func number(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) (n int) {
	t.Helper()
	if err := pool.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// use does with s all that a store does.
func use(t *testing.T, s *Store) {
	t.Helper()
	ctx, id := t.Context(), sessionstore.NewID()
	next, first, second := sessionstore.NewID(), []byte("\x00\xff'\\x41"), []byte("\x00\xff'\\x42")
	for _, step := range []struct {
		name string
		err  error
		want error
	}{
		{"Ping", s.Ping(ctx), nil},
		{"Replace of nothing", s.Replace(ctx, id, first, time.Hour), sessionstore.ErrNotFound},
		{"CompareAndSwap of nothing", s.CompareAndSwap(ctx, id, nil, first, time.Hour), sessionstore.ErrNotFound},
		{"RotateSwap of nothing", s.RotateSwap(ctx, id, next, nil, first, time.Hour), sessionstore.ErrNotFound},
		{"Create", s.Create(ctx, id, nil, time.Hour), nil},
		{"Create again", s.Create(ctx, id, first, time.Hour), sessionstore.ErrExists},
		{"CompareAndSwap", s.CompareAndSwap(ctx, id, nil, first, time.Hour), nil},
		{"CompareAndSwap again", s.CompareAndSwap(ctx, id, nil, second, time.Hour), sessionstore.ErrConflict},
		{"CompareAndSwap of much", s.CompareAndSwap(ctx, id, tooMuch, second, time.Hour), sessionstore.ErrConflict},
		{"Set", s.Set(ctx, id, second, time.Hour), nil},
		{"Replace", s.Replace(ctx, id, first, time.Hour), nil},
		{"RotateSwap of other data", s.RotateSwap(ctx, id, next, second, second, time.Hour), sessionstore.ErrConflict},
		{"RotateSwap to itself", s.RotateSwap(ctx, id, id, first, second, time.Hour), sessionstore.ErrExists},
		{"RotateSwap", s.RotateSwap(ctx, id, next, first, second, time.Hour), nil},
		{"Set of the old id", s.Set(ctx, id, first, time.Hour), nil},
		{"RotateSwap to a live session", s.RotateSwap(ctx, id, next, first, first, time.Hour), sessionstore.ErrExists},
		{"Touch", s.Touch(ctx, next, time.Hour), nil},
	} {
		if !errors.Is(step.err, step.want) {
			t.Errorf("%s: got error %v, want %v", step.name, step.err, step.want)
		}
	}
	for name, get := range map[string]func() ([]byte, error){
		"Get":         func() ([]byte, error) { return s.Get(ctx, next) },
		"GetAndTouch": func() ([]byte, error) { return s.GetAndTouch(ctx, next, time.Hour) },
		"All":         func() ([]byte, error) { return listed(ctx, s, next) },
	} {
		if got, err := get(); !bytes.Equal(got, second) {
			t.Errorf("%s: got %q and error %v, want %q", name, got, err, second)
		}
	}
	if err := s.Delete(ctx, id); err != nil {
		t.Errorf("Delete: %v", err)
	}
	useNamespace(t, s)
	if _, err := s.DeleteExpired(ctx); err != nil {
		t.Errorf("DeleteExpired: %v", err)
	}
	if err := s.Delete(ctx, next); err != nil {
		t.Errorf("Delete: %v", err)
	}
}

var tooMuch = make([]byte, sessionstore.MaxDataBytes+1)

func useNamespace(t *testing.T, s *Store) {
	t.Helper()
	ctx, id := t.Context(), sessionstore.NewID()
	n, err := s.Namespace("a-b.c_d~")
	if err != nil {
		t.Errorf("Namespace: %v", err)
		return
	}
	if err := n.Set(ctx, id, []byte("inner"), time.Hour); err != nil {
		t.Errorf("Set in a namespace: %v", err)
	}
	if _, err := s.Get(ctx, id); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get of a namespace's record: got error %v, want ErrNotFound", err)
	}
	if err := sessionstore.Clear(ctx, n); err != nil {
		t.Errorf("Clear: %v", err)
	}
	if _, err := n.Get(ctx, id); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get after Clear: got error %v, want ErrNotFound", err)
	}
}

// listed returns the data with which All yields id.
func listed(ctx context.Context, s sessionstore.Store, id string) ([]byte, error) {
	for session, err := range sessionstore.All(ctx, s) {
		if err != nil || session.ID == id {
			return session.Data, err
		}
	}
	return nil, sessionstore.ErrNotFound
}

func wantText(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}
