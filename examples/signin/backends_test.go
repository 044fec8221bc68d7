package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bolt"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/memcached"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/postgres"
	"github.com/coatcheck/sessionstore/redis"
)

// sweep is how often the backends of the tests remove what has expired.
const sweep = 20 * time.Millisecond

// A backend is a space of its own in one of the five.
type backend struct {
	name string

	// open returns a store on the space. Where it lies on a server, each is
	// as another process would have it.
	open func(t *testing.T) sessionstore.Store

	// dump returns all that is stored, as somebody would see it who has stolen
	// the database.
	dump func(t *testing.T) string

	// records returns how many records there are, those that have expired and
	// were not removed among them. It reads none of them, and so, on redis and
	// memcached, counts those of the whole server: to ask for the keys with a
	// prefix would remove what has expired. Nil on memory.
	records func(t *testing.T) int
}

// backends are made by name, so that a test can ask for one.
var backends = map[string]func(t *testing.T) *backend{
	"memory":    onMemory,
	"bolt":      onBolt,
	"redis":     onRedis,
	"memcached": onMemcached,
	"postgres":  onPostgres,
}

// onEveryBackend runs test on a server whose sessions are in each of them.
func onEveryBackend(t *testing.T, test func(t *testing.T, f *fixture)) {
	for name, on := range backends {
		t.Run(name, func(t *testing.T) { test(t, newFixture(t, on(t))) })
	}
}

func onMemory(t *testing.T) *backend {
	s, err := memory.New(memory.Options{SweepInterval: sweep})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return &backend{
		name: "memory",
		open: func(*testing.T) sessionstore.Store { return s },
		dump: func(t *testing.T) string {
			var all strings.Builder
			for found, err := range s.All(t.Context()) {
				must(t, err)
				all.WriteString(found.ID + " " + string(found.Data) + "\n")
			}
			return all.String()
		},
	}
}

func onBolt(t *testing.T) *backend {
	path := filepath.Join(t.TempDir(), "sessions.db")
	db, err := bbolt.Open(path, 0o600, nil)
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return &backend{
		name: "bolt",
		open: func(t *testing.T) sessionstore.Store {
			s, err := bolt.New(db, bolt.Options{SweepInterval: sweep})
			must(t, err)
			t.Cleanup(func() { must(t, s.Close()) })
			return s
		},
		dump: func(t *testing.T) string {
			text, err := os.ReadFile(path)
			must(t, err)
			return string(text)
		},
		records: func(t *testing.T) int { return countKeys(t, db) },
	}
}

// countKeys counts the keys with a value in all buckets.
func countKeys(t *testing.T, db *bbolt.DB) (n int) {
	must(t, db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return countIn(b, &n) })
	}))
	return n
}

func countIn(b *bbolt.Bucket, n *int) error {
	return b.ForEach(func(key, value []byte) error {
		if value == nil {
			return countIn(b.Bucket(key), n)
		}
		*n++
		return nil
	})
}

func onRedis(t *testing.T) *backend     { return redisOn(testserver.Redis(t)) }
func onMemcached(t *testing.T) *backend { return memcachedOn(testserver.Memcached(t)) }

func redisOn(server *testserver.Server) *backend {
	prefix := newName()
	inside := &redisInside{server.URL()}
	return &backend{
		name: "redis",
		open: func(t *testing.T) sessionstore.Store {
			s, err := redis.Open(t.Context(), server.URL(), redis.Options{Prefix: prefix})
			must(t, err)
			t.Cleanup(func() { must(t, s.Close()) })
			return s
		},
		dump:    inside.dump,
		records: inside.records,
	}
}

func memcachedOn(server *testserver.Server) *backend {
	prefix := newName()
	inside := &memcachedInside{server.Addr()}
	return &backend{
		name: "memcached",
		open: func(t *testing.T) sessionstore.Store {
			s, err := memcached.Open(t.Context(), server.URL(), memcached.Options{Prefix: prefix})
			must(t, err)
			t.Cleanup(func() { must(t, s.Close()) })
			return s
		},
		dump:    inside.dump,
		records: inside.records,
	}
}

func onPostgres(t *testing.T) *backend {
	server, table := testserver.Postgres(t), strings.ReplaceAll(newName(), "-", "_")
	inside := &postgresInside{server.URL(), table}
	t.Cleanup(func() { inside.drop(t) })
	return &backend{
		name: "postgres",
		open: func(t *testing.T) sessionstore.Store {
			s, err := postgres.Open(t.Context(), server.URL(), postgres.Options{Table: table, SweepInterval: sweep})
			must(t, err)
			t.Cleanup(func() { must(t, s.Close()) })
			return s
		},
		dump:    inside.dump,
		records: inside.records,
	}
}

// newName returns a prefix or table that no other test has.
func newName() string { return "signin_" + strings.ToLower(sessionstore.NewID()[:12]) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
