package sessionstore_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bolt"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/memcached"
	"github.com/coatcheck/sessionstore/postgres"
	"github.com/coatcheck/sessionstore/redis"
)

// onEveryBackend runs test on two stores that have one backend, as two
// processes would, where more than one can use it.
func onEveryBackend(t *testing.T, test func(t *testing.T, a, b sessionstore.Store)) {
	twice := func(open func(t *testing.T, name string) (sessionstore.Store, error)) func(t *testing.T) {
		return func(t *testing.T) {
			t.Parallel()
			name := "test-" + sessionstore.NewID()[:12]
			var stores []sessionstore.Store
			for range 2 {
				s, err := open(t, name)
				must(t, err)
				t.Cleanup(func() { must(t, sessionstore.Close(s)) })
				stores = append(stores, s)
			}
			defer sessionstore.Clear(context.Background(), stores[0]) // memcached has none, and forgets by itself
			test(t, stores[0], stores[1])
		}
	}
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		s := newMemory(t)
		test(t, s, s)
	})
	t.Run("bolt", func(t *testing.T) {
		t.Parallel()
		s, err := bolt.Open(filepath.Join(t.TempDir(), "sessions.db"), bolt.Options{})
		must(t, err)
		defer s.Close()
		test(t, s, s)
	})
	t.Run("redis", twice(func(t *testing.T, name string) (sessionstore.Store, error) {
		return redis.Open(t.Context(), testserver.Redis(t).URL(), redis.Options{Prefix: name})
	}))
	t.Run("memcached", twice(func(t *testing.T, name string) (sessionstore.Store, error) {
		return memcached.Open(t.Context(), testserver.Memcached(t).URL(), memcached.Options{Prefix: name})
	}))
	t.Run("postgres", twice(func(t *testing.T, name string) (sessionstore.Store, error) {
		s, err := postgres.Open(t.Context(), testserver.Postgres(t).URL(), postgres.Options{Table: "sessions_of_decorator_tests"})
		must(t, err)
		t.Cleanup(func() { must(t, s.Close()) })
		return s.Namespace(name) // a table of its own would stay
	}))
}
