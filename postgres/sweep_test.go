package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// fill puts n rows into the table that expire and are due at the given times,
// counted from now.
func fill(t *testing.T, s *Store, prefix string, n int, expires, due string) {
	t.Helper()
	_, err := s.pool.Exec(t.Context(), s.names.sql(`
		INSERT INTO "sessions" (namespace, id, data, expires_at, sweep_at)
		SELECT '', $1 || n, '', now() + $2::text::interval, now() + $3::text::interval FROM generate_series(1, $4::integer) n`),
		prefix, expires, due, n)
	if err != nil {
		t.Fatal(err)
	}
}

func rows(t *testing.T, s *Store, where string) int {
	t.Helper()
	return number(t, s.pool, s.names.sql(`SELECT count(*) FROM "sessions" WHERE `+where))
}

func TestSweep(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	const dead = 2*sweepBatch + 1
	fill(t, s, "dead", dead, "-1 s", "-1 s")
	fill(t, s, "live", 10, "1 h", "-2 s")  // touched since
	fill(t, s, "later", 10, "1 h", "30 m") // not due
	fill(t, s, "short", 10, "-1 s", "1 h") // of no store: not due though dead
	due, gone, err := s.sweep(t.Context())
	if err != nil || due != sweepBatch || gone != sweepBatch-10 {
		t.Errorf("first batch: got %d due, %d gone and error %v, want %d and %d", due, gone, err, sweepBatch, sweepBatch-10)
	}
	if err := s.sweepAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for where, want := range map[string]int{
		"id LIKE 'dead%'": 0,
		"id LIKE 'live%' AND sweep_at = expires_at":   10,
		"id LIKE 'later%' AND sweep_at <> expires_at": 10,
		"id LIKE 'short%'":                            10,
	} {
		if got := rows(t, s, where); got != want {
			t.Errorf("%s: got %d rows, want %d", where, got, want)
		}
	}
}

// TestSweepBatchSizes is a batch less than full, full, and one more.
func TestSweepBatchSizes(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	for _, n := range []int{0, 1, sweepBatch - 1, sweepBatch, sweepBatch + 1} {
		fill(t, s, "dead", n, "-1 s", "-1 s")
		if err := s.sweepAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := rows(t, s, "true"); got != 0 {
			t.Errorf("%d dead rows: %d are left", n, got)
		}
	}
}

// TestDeleteExpired removes also what a Touch has shortened, also in a
// namespace, and counts.
func TestDeleteExpired(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	n, err := s.Namespace("a")
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, "dead", sweepBatch, "-1 s", "-1 s")
	fill(t, s, "live", 10, "1 h", "-2 s")
	ctx := t.Context()
	err = errors.Join(s.Set(ctx, "short", nil, time.Hour), s.Touch(ctx, "short", time.Microsecond),
		s.Set(ctx, "shorter", nil, time.Hour), n.Set(ctx, "inner", nil, time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.GetAndTouch(ctx, "shorter", time.Microsecond); err != nil {
		t.Fatal(err)
	}
	if got, err := s.DeleteExpired(ctx); err != nil || got != sweepBatch+3 {
		t.Errorf("got %d and error %v, want %d", got, err, sweepBatch+3)
	}
	if got, err := s.DeleteExpired(ctx); err != nil || got != 0 {
		t.Errorf("again: got %d and error %v, want 0", got, err)
	}
	if got := rows(t, s, "id LIKE 'live%'"); got != 10 {
		t.Errorf("got %d live rows, want 10", got)
	}
}

// TestSweepNeitherWaitsNorErrs: a row that another holds is left alone, and one
// that was renewed meanwhile lives.
func TestSweepNeitherWaitsNorErrs(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	fill(t, s, "dead", 5, "-1 s", "-1 s")
	tx, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), s.names.sql(`UPDATE "sessions" SET expires_at = now() + interval '1 h' WHERE id = 'dead1'`)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if due, gone, err := s.sweep(ctx); err != nil || due != 4 || gone != 4 {
		t.Errorf("with one row locked: got %d due, %d gone and error %v, want 4 and 4", due, gone, err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if due, gone, err := s.sweep(ctx); err != nil || due != 1 || gone != 0 {
		t.Errorf("with the row renewed: got %d due, %d gone and error %v, want 1 and 0", due, gone, err)
	}
	if _, err := s.Get(ctx, "dead1"); err != nil {
		t.Errorf("Get of the renewed session: %v", err)
	}
}

// TestSweepUsesItsIndex: what is due is found among many rows that are not.
func TestSweepUsesItsIndex(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	fill(t, s, "live", 20_000, "1 h", "1 h")
	fill(t, s, "dead", 100, "-1 s", "-1 s")
	query(t, server.URL(), s.names.sql(`ANALYZE "sessions"`))
	text := explain(t, s, s.sql.sweep, sweepBatch)
	if !strings.Contains(text, "Index Cond: (sweep_at <= now())") || strings.Contains(text, "Seq Scan") {
		t.Errorf("got the plan\n%s\nwant index scans only", text)
	}
}

// explain returns the server's plan of a statement.
func explain(t *testing.T, s *Store, sql string, args ...any) string {
	t.Helper()
	plan, err := s.pool.Query(t.Context(), "EXPLAIN "+sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(plan, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func TestSweeperRuns(t *testing.T) {
	server := testserver.Postgres(t)
	table := newTable(t, server.URL())
	errs := make(chan error, 100)
	s := opened(t, server.URL(), Options{Table: table, SweepInterval: 20 * time.Millisecond, OnError: func(err error) {
		select {
		case errs <- err:
		default:
		}
	}})
	fill(t, s, "dead", 10, "-1 s", "-1 s")
	await(t, "the sweeper removes the rows", func() bool { return rows(t, s, "true") == 0 })
	query(t, server.URL(), `DROP TABLE "`+table+`"`)
	wantText(t, <-errs, "postgres: sweep: ")
}
