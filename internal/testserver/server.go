// Package testserver gives tests real servers: redis, memcached and postgres.
// They are started from local binaries on loopback, can be stopped, killed and
// started again on the same data and port, and end with the test process.
//
// What survives: all that redis and postgres acknowledged survives Stop or Kill
// and Start; memcached forgets everything in both. A killed process is not a
// power failure: what the operating system holds in memory is not lost.
//
// Limits: on Linux no server outlives its test process, whatever that dies of;
// elsewhere a test process that is killed leaves its servers behind.
//
//	func TestMain(m *testing.M) { testserver.Main(m) }
//
//	func TestGet(t *testing.T) {
//		server := testserver.Redis(t) // shared by the package's tests
//		…server.Addr()…
//	}
package testserver

import "sync"

// Fataler is what Start, Stop and Kill need of a testing.TB.
type Fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Server is a running server, or one that was stopped and can start again.
type Server struct {
	kind *kind
	addr string
	url  string
	dir  string // its data and log; empty when it came from the environment
	port int
	args []string

	mu   sync.Mutex // guards proc, and lets one start or stop go on at a time
	proc *process   // nil while it does not run
}

// Addr returns host:port.
func (s *Server) Addr() string { return s.addr }

// URL returns the address in the form that open.URL takes.
func (s *Server) URL() string { return s.url }

// Owned reports whether the server was started here. One that came from the
// environment is not: it cannot be stopped, and others may use it.
func (s *Server) Owned() bool { return s.dir != "" }

// Pid returns the server's process id, or 0 while it does not run and for a
// server that is not owned.
func (s *Server) Pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil {
		return 0
	}
	return s.proc.cmd.Process.Pid
}

// Stop ends the server cleanly, so that it saves what it can save, and waits
// for it. A server that does not run stays as it is.
func (s *Server) Stop(t Fataler) {
	t.Helper()
	s.change(t, "stop", func() error { return s.stop() })
}

// Kill ends the server with SIGKILL and waits until it and its children are
// gone. A server that does not run stays as it is.
func (s *Server) Kill(t Fataler) {
	t.Helper()
	s.change(t, "kill", func() error { return s.kill() })
}

// Start runs a stopped or killed server again, on the same data and port, and
// waits until it answers.
func (s *Server) Start(t Fataler) {
	t.Helper()
	s.change(t, "start", func() error { return s.restart() })
}

func (s *Server) change(t Fataler, verb string, do func() error) {
	t.Helper()
	if !s.Owned() {
		t.Fatalf("testserver: cannot %s the %s of %s: it was not started here", verb, s.kind.name, s.kind.variable)
		return
	}
	s.mu.Lock()
	err := do()
	s.mu.Unlock()
	if err != nil {
		t.Fatalf("testserver: %s %s: %v", verb, s.kind.name, err)
	}
}
