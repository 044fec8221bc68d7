package testserver

import (
	"errors"
	"io"
	"net"
	"os/exec"
	"syscall"
	"time"
)

// kind is what redis, memcached and postgres differ in.
type kind struct {
	name     string   // its word in SESSIONSTORE_REQUIRE
	variable string   // holds the URL of a server that runs already
	example  string   // what such a URL looks like
	debian   string   // the package that brings the program
	schemes  []string // those of such a URL

	find      func() (program string, err error)
	prepare   func(program, dir string) error // before the first start; may be nil
	arguments func(dir string, port int) []string
	url       func(addr string) string

	// ready returns nil once the server at addr answers. With a pid that is
	// not 0, only the server of that process will do.
	ready func(addr, dir string, pid int) error

	stop    syscall.Signal   // ends it cleanly
	discard syscall.Signal   // ends it without care for its data; 0 for SIGKILL
	death   syscall.Signal   // sent by the kernel when the test process dies
	sweep   func(dir string) // removes what a killed server left outside dir; may be nil
}

// inPath returns a find for a program that is looked for in PATH only.
func inPath(program string) func() (string, error) {
	return func() (string, error) {
		path, err := exec.LookPath(program)
		if err != nil {
			return "", errors.New(program + " is not in PATH")
		}
		return path, nil
	}
}

// answerLimit is how long a server has to answer one question. One that takes
// longer is not ready yet, or a stranger that took the port.
const answerLimit = 500 * time.Millisecond

// ask sends a request to addr and returns what comes back until enough says
// that it suffices.
func ask(addr, request string, enough func(reply []byte) bool) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", addr, answerLimit)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(answerLimit)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return nil, err
	}
	var reply []byte
	part := make([]byte, 4096)
	for !enough(reply) {
		n, err := conn.Read(part)
		if err != nil {
			return nil, err
		}
		reply = append(reply, part[:n]...)
	}
	return reply, nil
}
