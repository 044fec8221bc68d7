package testserver

import "testing"

// NewRedis starts a redis for one test, which may stop, kill and start it, and
// removes it when the test ends. The arguments are added to the command line
// and win over those that are there: NewRedis(t, "--appendfsync", "always").
func NewRedis(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return own(tb, redis, args)
}

// NewMemcached is [NewRedis] for memcached: NewMemcached(t, "-m", "8").
func NewMemcached(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return own(tb, memcached, args)
}

// NewPostgres is [NewRedis] for postgres: NewPostgres(t, "-c", "jit=off").
func NewPostgres(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return own(tb, postgres, args)
}

func own(tb testing.TB, k *kind, args []string) *Server {
	tb.Helper()
	program, err := k.find()
	if err != nil {
		missing(tb, k, err, true)
	}
	s, err := create(k, program, args)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.discard(); err != nil {
			tb.Errorf("testserver: remove %s: %v", k.name, err)
		}
	})
	return s
}
