package testserver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// replicaUser is whom replicas sign in as at their master, with the same word
// as password: a user of their own, so that a test can lock them out.
const replicaUser = "replica"

// Sentinel is a redis master with replicas and one Redis Sentinel, whose word
// alone is enough (a quorum of 1) to replace the master.
//
// What survives: what the master acknowledged survives its own Kill and Start.
// Where Sentinel makes a replica the master instead, that has what had reached
// it, and nothing else.
type Sentinel struct {
	sentinel *Server
	master   *Server
	replicas []*Server
}

// NewSentinel starts a master with replicas, and a Sentinel that looks for
// another master once this one has not answered for downAfter. They are there
// for one test, and are removed when it ends.
func NewSentinel(tb testing.TB, replicas int, downAfter time.Duration) *Sentinel {
	tb.Helper()
	s := &Sentinel{master: NewRedis(tb, replicationArguments()...)}
	host, port, err := net.SplitHostPort(s.master.Addr())
	if err != nil {
		tb.Fatal(err)
	}
	for range replicas {
		args := append(replicationArguments(), "--replicaof", host, port)
		s.replicas = append(s.replicas, NewRedis(tb, args...))
	}
	if err := eventually(s.linked); err != nil {
		tb.Fatalf("testserver: start redis replicas: %v", err)
	}
	s.sentinel = own(tb, sentinelKind(fmt.Sprintf("%s %s %s 1", s.Name(), host, port), s.Name(), downAfter), nil)
	if err := eventually(s.watched); err != nil {
		tb.Fatalf("testserver: start redis sentinel: %v", err)
	}
	return s
}

// Name returns what Sentinel calls the master.
func (s *Sentinel) Name() string { return "sessions" }

// Addr returns the address of Sentinel, host:port.
func (s *Sentinel) Addr() string { return s.sentinel.Addr() }

// Master returns the server that was the master in the beginning.
func (s *Sentinel) Master() *Server { return s.master }

// Replicas returns the servers that were replicas in the beginning.
func (s *Sentinel) Replicas() []*Server { return s.replicas }

// Cut ends the replication: from when it returns, nothing that is written to
// the master reaches a replica. Sentinel takes note of it and keeps the
// replicas as candidates.
func (s *Sentinel) Cut(t Fataler) {
	t.Helper()
	for _, text := range []string{"ACL SETUSER " + replicaUser + " off", "CLIENT KILL TYPE replica"} {
		if _, err := command(s.master.Addr(), text); err != nil {
			t.Fatalf("testserver: cut the replication: %v", err)
		}
	}
}

// replicationArguments are the same for all: each may become the master.
func replicationArguments() []string {
	return []string{
		"--user", replicaUser, "on", ">" + replicaUser, "+psync", "+replconf", "+ping",
		"--masteruser", replicaUser, "--masterauth", replicaUser,
		"--repl-diskless-sync-delay", "0",
	}
}

// linked returns nil once every replica has all of its master's data.
func (s *Sentinel) linked() error {
	for _, replica := range s.replicas {
		info, err := command(replica.Addr(), "INFO replication")
		if err != nil {
			return err
		}
		if !strings.Contains(info, "master_link_status:up\r\n") {
			return fmt.Errorf("the replica at %s has no link to its master", replica.Addr())
		}
	}
	return nil
}

// watched returns nil once Sentinel knows the master and its replicas.
func (s *Sentinel) watched() error {
	info, err := command(s.Addr(), "INFO sentinel")
	if err != nil {
		return err
	}
	want := fmt.Sprintf("status=ok,address=%s,slaves=%d,", s.master.Addr(), len(s.replicas))
	if !strings.Contains(info, want) {
		return fmt.Errorf("sentinel does not say %s", want)
	}
	return nil
}

// sentinelKind is redis in its other mode, which keeps what it knows in its
// configuration file.
func sentinelKind(monitor, name string, downAfter time.Duration) *kind {
	k := *redis
	file := func(dir string) string { return filepath.Join(dir, "sentinel.conf") }
	k.prepare = func(_, dir string) error {
		text := fmt.Sprintf("sentinel monitor %s\nsentinel down-after-milliseconds %s %d\nsentinel failover-timeout %s 10000\n",
			monitor, name, downAfter.Milliseconds(), name)
		if err := os.WriteFile(file(dir), []byte(text), 0o600); err != nil {
			return err
		}
		return giveAway(dir)
	}
	k.arguments = func(dir string, port int) []string {
		return []string{file(dir), "--sentinel", "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", dir}
	}
	return &k
}
