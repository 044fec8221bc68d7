package testserver

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"syscall"
)

var memcached = &kind{
	name:      "memcached",
	variable:  "SESSIONSTORE_MEMCACHED_URL",
	example:   "memcached://host:11211",
	debian:    "memcached",
	schemes:   []string{"memcached"},
	find:      inPath("memcached"),
	arguments: memcachedArguments,
	url:       func(addr string) string { return "memcached://" + addr },
	ready:     memcachedReady,
	stop:      syscall.SIGTERM,
	death:     syscall.SIGKILL,
}

func memcachedArguments(_ string, port int) []string {
	return []string{"-l", "127.0.0.1", "-p", strconv.Itoa(port), "-U", "0"}
}

// memcachedReady wants the statistics, which hold the version and the process
// id.
func memcachedReady(addr, _ string, pid int) error {
	reply, err := ask(addr, "version\r\nstats\r\n", func(reply []byte) bool {
		return bytes.HasSuffix(reply, []byte("END\r\n")) || bytes.HasSuffix(reply, []byte("ERROR\r\n"))
	})
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(reply, []byte("VERSION ")) {
		return errors.New("version was not answered with a version")
	}
	if pid != 0 && !bytes.Contains(reply, fmt.Appendf(nil, "STAT pid %d\r\n", pid)) {
		return errors.New("another memcached has the port")
	}
	return nil
}
