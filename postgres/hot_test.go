package postgres

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestTouchesAreHOT spreads touches at random over many sessions, without a
// vacuum, and reads from the server how many wrote to an index.
func TestTouchesAreHOT(t *testing.T) {
	const sessions, touches, wantPercent = 2_000, 10_000, 95
	server := testserver.Postgres(t)
	table := newTable(t, server.URL())
	// Waiting for the disk is not what is measured.
	s := opened(t, with(t, server.URL(), "synchronous_commit", "off"), Options{Table: table})
	data := bytes.Repeat([]byte("session "), 64)
	each(t, sessions, func(i int) error {
		return s.Set(t.Context(), fmt.Sprintf("session%d", i), data, time.Hour)
	})
	before := readStats(t, s.pool, table)
	each(t, touches, func(int) error {
		return s.Touch(t.Context(), fmt.Sprintf("session%d", rand.IntN(sessions)), time.Hour)
	})
	after := readStats(t, s.pool, table)
	updates, hot := after.updates-before.updates, after.hot-before.hot
	if updates != touches {
		t.Errorf("got %d updates, want %d", updates, touches)
	}
	t.Logf("%d of %d touches were HOT (%.1f %%); indexes: %d bytes before, %d after",
		hot, updates, 100*float64(hot)/float64(updates), before.indexBytes, after.indexBytes)
	if hot*100 < updates*wantPercent {
		t.Errorf("got %d HOT updates of %d, want at least %d %%", hot, updates, wantPercent)
	}
	if after.indexBytes != before.indexBytes {
		t.Errorf("the indexes grew from %d to %d bytes", before.indexBytes, after.indexBytes)
	}
}

// TestSetsAreHOT: a session that is saved again with the same ttl does not
// write to an index either.
func TestSetsAreHOT(t *testing.T) {
	server := testserver.Postgres(t)
	table := newTable(t, server.URL())
	s := opened(t, server.URL(), Options{Table: table})
	for range 5 {
		if err := s.Set(t.Context(), "a", []byte("data"), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if got := readStats(t, s.pool, table); got.updates != 4 || got.hot != 4 {
		t.Errorf("got %d updates, of which %d HOT, want 4 and 4", got.updates, got.hot)
	}
}

// TestWhenRowsAreDue: Set brings the sweep forward where the session would
// otherwise linger; Touch leaves it, as HOT demands.
func TestWhenRowsAreDue(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	const soon, late = "sweep_at < now() + interval '2 min'", "sweep_at > now() + interval '58 min'"
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{"Set for an hour", func() error { return s.Set(t.Context(), "a", nil, time.Hour) }, late},
		{"Touch for a minute", func() error { return s.Touch(t.Context(), "a", time.Minute) }, late},
		{"Set for a minute", func() error { return s.Set(t.Context(), "a", nil, time.Minute) }, soon},
		{"Set for an hour again", func() error { return s.Set(t.Context(), "a", nil, time.Hour) }, soon},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if rows(t, s, step.want) != 1 {
			t.Errorf("after %s: it is not true that %s", step.name, step.want)
		}
	}
}

type stats struct{ updates, hot, indexBytes int64 }

// readStats makes every connection of the pool report what it did, and reads
// the sum.
func readStats(t *testing.T, pool *pgxpool.Pool, table string) (s stats) {
	t.Helper()
	var conns []*pgxpool.Conn
	defer func() {
		for _, conn := range conns {
			conn.Release()
		}
	}()
	for range pool.Config().MaxConns {
		conn, err := pool.Acquire(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		if _, err := conn.Exec(context.Background(), `SELECT pg_stat_force_next_flush()`); err != nil {
			t.Skipf("the server cannot tell at once what it counted (PostgreSQL 15 can): %v", err)
		}
	}
	err := conns[0].QueryRow(context.Background(), `
		SELECT n_tup_upd, n_tup_hot_upd, pg_indexes_size(relid) FROM pg_stat_user_tables WHERE relname = $1`, table,
	).Scan(&s.updates, &s.hot, &s.indexBytes)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// each calls f with 0 to n-1 from several goroutines.
func each(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	var wait sync.WaitGroup
	const workers = testConns
	for w := range workers {
		wait.Go(func() {
			for i := w; i < n; i += workers {
				if err := f(i); err != nil {
					t.Errorf("%v", err)
					return
				}
			}
		})
	}
	wait.Wait()
}
