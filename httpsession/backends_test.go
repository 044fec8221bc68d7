package httpsession_test

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

// onEveryBackend runs test on two stores of one backend, as two processes have,
// where more than one can use it.
func onEveryBackend(t *testing.T, test func(t *testing.T, a, b sessionstore.Store)) {
	t.Run("memory", func(t *testing.T) {
		s := newMemory(t)
		test(t, s, s)
	})
	t.Run("bolt", func(t *testing.T) {
		s, err := bolt.Open(filepath.Join(t.TempDir(), "sessions.db"), bolt.Options{})
		must(t, err)
		t.Cleanup(func() { s.Close() })
		test(t, s, s)
	})
	for name, dial := range servers {
		t.Run(name, func(t *testing.T) {
			space := "test-" + sessionstore.NewID()[:12]
			a, b := dial(t, space), dial(t, space)
			t.Cleanup(func() { _ = sessionstore.Clear(context.Background(), a) }) // memcached forgets by itself
			test(t, a, b)
		})
	}
}

// servers opens stores of a backend that share a space.
var servers = map[string]func(t *testing.T, space string) sessionstore.Store{
	"redis": func(t *testing.T, space string) sessionstore.Store {
		s, err := redis.Open(t.Context(), testserver.Redis(t).URL(), redis.Options{Prefix: space})
		must(t, err)
		t.Cleanup(func() { s.Close() })
		return s
	},
	"memcached": func(t *testing.T, space string) sessionstore.Store {
		s, err := memcached.Open(t.Context(), testserver.Memcached(t).URL(), memcached.Options{Prefix: space})
		must(t, err)
		t.Cleanup(func() { s.Close() })
		return s
	},
	"postgres": func(t *testing.T, space string) sessionstore.Store {
		s, err := postgres.Open(t.Context(), testserver.Postgres(t).URL(), postgres.Options{Table: "sessions_of_httpsession_tests"})
		must(t, err)
		t.Cleanup(func() { s.Close() })
		named, err := s.Namespace(space)
		must(t, err)
		return named
	},
}
