package testserver

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// Redis returns the redis that the tests of a package share. The first call
// starts it. A test uses a prefix of its own in it and leaves the rest alone.
func Redis(tb testing.TB) *Server {
	tb.Helper()
	return sharedRedis.get(tb)
}

// Memcached is [Redis] for memcached.
func Memcached(tb testing.TB) *Server {
	tb.Helper()
	return sharedMemcached.get(tb)
}

// Postgres is [Redis] for postgres; a test uses a table of its own.
func Postgres(tb testing.TB) *Server {
	tb.Helper()
	return sharedPostgres.get(tb)
}

// Main is all that a package's TestMain needs: it runs the tests, stops the
// shared servers and exits. m is the *testing.M, or what runs it and cleans up.
func Main(m interface{ Run() int }) {
	if _, err := Required(""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	code := m.Run()
	for _, s := range []*shared{sharedRedis, sharedMemcached, sharedPostgres} {
		s.discard()
	}
	if err := RemoveTemplate(); err != nil {
		fmt.Fprintln(os.Stderr, "testserver:", err)
	}
	os.Exit(code)
}

var (
	sharedRedis     = &shared{kind: redis}
	sharedMemcached = &shared{kind: memcached}
	sharedPostgres  = &shared{kind: postgres}
)

// shared is a server that starts when a test first asks for it. What became of
// that is remembered, so that a server that fails to start costs its time
// once.
type shared struct {
	kind   *kind
	once   sync.Once
	server *Server
	absent error // there is none: a skip, or a failure where it is required
	err    error // there should be one: a failure
}

func (s *shared) get(tb testing.TB) *Server {
	tb.Helper()
	s.once.Do(s.open)
	if s.err != nil {
		tb.Fatal(s.err)
	}
	if s.absent != nil {
		missing(tb, s.kind, s.absent, false)
	}
	return s.server
}

func (s *shared) open() {
	if text := os.Getenv(s.kind.variable); text != "" {
		s.server, s.err = fromEnvironment(s.kind, text)
		return
	}
	program, err := s.kind.find()
	if err != nil {
		s.absent = err
		return
	}
	s.server, s.err = create(s.kind, program, nil)
}

func (s *shared) discard() {
	if s.server == nil || !s.server.Owned() {
		return
	}
	if err := s.server.discard(); err != nil {
		fmt.Fprintln(os.Stderr, "testserver:", err)
	}
}
