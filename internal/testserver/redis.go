package testserver

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"syscall"
)

var redis = &kind{
	name:      "redis",
	variable:  "SESSIONSTORE_REDIS_URL",
	example:   "redis://host:6379",
	debian:    "redis-server",
	schemes:   []string{"redis", "rediss"},
	find:      inPath("redis-server"),
	arguments: redisArguments,
	url:       func(addr string) string { return "redis://" + addr },
	ready:     redisReady,
	stop:      syscall.SIGTERM,
	death:     syscall.SIGKILL,
}

// redisArguments makes redis hand each write to the operating system before it
// replies, so that the death of the process loses nothing that it
// acknowledged. "appendfsync everysec" promises less: while its fsync is under
// way, redis replies to writes that only its own memory holds.
func redisArguments(dir string, port int) []string {
	return []string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", dir,
		"--appendonly", "yes", "--appendfsync", "no", "--save", "",
	}
}

// redisReady wants a PONG (a server that is reading its file refuses) and its
// own process id. A server that wants a password first is up.
func redisReady(addr, _ string, pid int) error {
	const after = "process_id:" // and well before the end of the section
	reply, err := ask(addr, "PING\r\nINFO server\r\n", func(reply []byte) bool {
		if bytes.HasPrefix(reply, []byte("-")) {
			return bytes.HasSuffix(reply, []byte("\r\n"))
		}
		_, rest, found := bytes.Cut(reply, []byte(after))
		return found && bytes.Contains(rest, []byte("\r\n"))
	})
	if err != nil {
		return err
	}
	if bytes.HasPrefix(reply, []byte("-NOAUTH")) {
		return nil
	}
	if !bytes.HasPrefix(reply, []byte("+PONG\r\n")) {
		return errors.New("PING was not answered with PONG")
	}
	if pid != 0 && !bytes.Contains(reply, fmt.Appendf(nil, "%s%d\r\n", after, pid)) {
		return errors.New("another redis has the port")
	}
	return nil
}
