package testserver

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Redis returns the redis that the tests of a package share. The first call
// starts it. A test uses a prefix of its own in it and leaves the rest alone.
func Redis(tb testing.TB) *Server { tb.Helper(); return sharedRedis.get(tb) }

// Memcached is [Redis] for memcached.
func Memcached(tb testing.TB) *Server { tb.Helper(); return sharedMemcached.get(tb) }

// Postgres is [Redis] for postgres; a test uses a table of its own.
func Postgres(tb testing.TB) *Server { tb.Helper(); return sharedPostgres.get(tb) }

// NewRedis starts a redis for one test, which may stop, kill and start it, and
// removes it when the test ends. The arguments are added to the command line.
func NewRedis(tb testing.TB, args ...string) *Server { tb.Helper(); return own(tb, redis, args) }

// NewMemcached is [NewRedis] for memcached.
func NewMemcached(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return own(tb, memcached, args)
}

// NewPostgres is [NewRedis] for postgres.
func NewPostgres(tb testing.TB, args ...string) *Server { tb.Helper(); return own(tb, postgres, args) }

// Main is all that a package's TestMain needs: it runs the tests, stops the
// shared servers and exits.
func Main(m *testing.M) {
	if _, err := required(os.Getenv(requireVariable), ""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	code := m.Run()
	for _, s := range []*shared{sharedRedis, sharedMemcached, sharedPostgres} {
		s.discard()
	}
	if template.dir != "" {
		os.RemoveAll(template.dir)
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

// fromEnvironment waits for a server that somebody else starts, perhaps this
// moment. A URL that names no server is a failure, never a skip.
func fromEnvironment(k *kind, text string) (*Server, error) {
	u, err := url.Parse(text)
	if err != nil { // its text may show a password
		return nil, fmt.Errorf("%s is not a URL; write %s", k.variable, k.example)
	}
	s := &Server{kind: k, url: text, addr: hostPort(k, u)}
	if s.addr == "" || strings.HasSuffix(u.Scheme, "ss") { // a unix socket, or TLS
		return s, nil
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := k.ready(s.addr, "", 0)
		if err == nil {
			return s, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s: no %s answers at %s: %w", k.variable, k.name, s.addr, err)
		}
	}
}

// hostPort returns the first host of u, with the port that the kind's example
// shows where u has none.
func hostPort(k *kind, u *url.URL) string {
	first, _, _ := strings.Cut(u.Host, ",")
	if first == "" {
		return ""
	}
	if _, _, err := net.SplitHostPort(first); err == nil {
		return first
	}
	example, _ := url.Parse(k.example) // a constant, tested
	return net.JoinHostPort(strings.Trim(first, "[]"), example.Port())
}
