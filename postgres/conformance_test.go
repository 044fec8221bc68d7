package postgres

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/storetest"
)

// The environment of a process that serves the suite.
const (
	childURL   = "SESSIONSTORE_POSTGRES_CHILD_URL"
	childTable = "SESSIONSTORE_POSTGRES_CHILD_TABLE"
)

func TestMain(m *testing.M) {
	if rawURL := os.Getenv(childURL); rawURL != "" {
		s, err := Open(context.Background(), rawURL, Options{Table: os.Getenv(childTable), SweepInterval: -1})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		storetest.ServeChild(s)
	}
	testserver.Main(m)
}

func TestConformance(t *testing.T) {
	server := testserver.Postgres(t)
	conformance(t, server, server.URL())
}

// conformance runs the suite on stores that reach server by rawURL.
func conformance(t *testing.T, server *testserver.Server, rawURL string) {
	reopen := func(t storetest.T, s sessionstore.Store) sessionstore.Store {
		return lazy(t, rawURL, tableOf(s))
	}
	h := storetest.Harness{
		RoundTrips: "testdata/roundtrips.json",
		New: func(t storetest.T) sessionstore.Store {
			return opened(t, rawURL, Options{Table: newTable(t, rawURL)})
		},
		TTLSlack:      time.Microsecond,
		TTLResolution: time.Microsecond,
		Peer:          reopen,
		Reopen:        reopen,
		Neighbours: func(t storetest.T, s sessionstore.Store) []sessionstore.Store {
			return neighbours(t, rawURL, s)
		},
		Addr: server.Addr(),
		Via: func(t storetest.T, s sessionstore.Store, addr string) sessionstore.Store {
			return lazy(t, at(t, rawURL, addr), tableOf(s))
		},
		Child: func(t storetest.T, s sessionstore.Store) *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), childURL+"="+rawURL, childTable+"="+tableOf(s))
			return cmd
		},
	}
	if server.Owned() {
		h.Restart = func(t storetest.T, _ sessionstore.Store) { server.Stop(t); server.Start(t) }
		h.Kill = func(t storetest.T, _ sessionstore.Store) { server.Kill(t); server.Start(t) }
	}
	storetest.Run(t, h)
}

// neighbours returns stores on tables whose names are near to that of s, in its
// schema and in another.
func neighbours(t storetest.T, rawURL string, s sessionstore.Store) []sessionstore.Store {
	t.Helper()
	table := tableOf(s)
	schemaName := table + "_app"
	query(t, rawURL, `CREATE SCHEMA "`+schemaName+`"`)
	t.Cleanup(func() { query(t, rawURL, `DROP SCHEMA "`+schemaName+`" CASCADE`) })
	var stores []sessionstore.Store
	for _, near := range []string{table + "2", strings.ToUpper(table), table[:len(table)-1], schemaName + "." + table} {
		dropLater(t, rawURL, near)
		stores = append(stores, opened(t, rawURL, Options{Table: near, MaxConns: 1}))
	}
	return stores
}

// testConns keeps all the stores of all the tests that run at once below the
// server's limit of 100 connections.
const testConns = 3

// opened returns a store from Open, with a small pool and without a sweeper
// unless opts say otherwise.
func opened(t storetest.T, rawURL string, opts Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), rawURL, small(opts))
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// lazy returns a store as Open makes it, without asking whether the server
// answers. At the end it is closed without the time that Close gives to a server
// that hangs, which is what most of these reach.
func lazy(t storetest.T, rawURL, table string) *Store {
	t.Helper()
	opts := small(Options{Table: table})
	names, err := opts.check()
	if err != nil {
		t.Fatalf("%v", err)
	}
	s, abort, err := prepare(t.Context(), rawURL, names, opts)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(abort)
	return s
}

func small(opts Options) Options {
	if opts.MaxConns == 0 {
		opts.MaxConns = testConns
	}
	if opts.SweepInterval == 0 {
		opts.SweepInterval = -1
	}
	return opts
}

// newTable returns the name of a table of the test's own, and removes it at the
// end: the server may be one that stays.
func newTable(t storetest.T, rawURL string) string {
	table := "test_" + strings.Map(func(r rune) rune {
		if r == '-' {
			return '_'
		}
		return r
	}, sessionstore.NewID()[:20])
	dropLater(t, rawURL, table)
	return table
}

func dropLater(t storetest.T, rawURL, table string) {
	t.Cleanup(func() {
		names, err := newNames(table)
		if err != nil {
			return // it was never made
		}
		query(t, rawURL, names.sql(`DROP TABLE IF EXISTS "sessions", "sessions_schema"`))
	})
}

func tableOf(s sessionstore.Store) string { return s.(*Store).names.table }

// query runs statements on a connection of the test's own.
func query(t storetest.T, rawURL, sql string) {
	t.Helper()
	conn := connected(t, rawURL)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// connected returns a connection. It does without t.Context, which has ended
// when a test cleans up.
func connected(t storetest.T, rawURL string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, rawURL)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return conn
}

// at returns rawURL with another host.
func at(t storetest.T, rawURL, addr string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatalf("the server's URL cannot be read")
	}
	u.Host = addr
	return u.String()
}

// with returns rawURL with another parameter.
func with(t storetest.T, rawURL, name, value string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatalf("the server's URL cannot be read")
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // a + is a plus sign here, as in libpq
	return u.String()
}
