package testserver

import (
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

var postgres = &kind{
	name:      "postgres",
	variable:  "SESSIONSTORE_POSTGRES_URL",
	example:   "postgres://user:password@host:5432/database",
	debian:    "postgresql",
	schemes:   []string{"postgres", "postgresql"},
	find:      findPostgres,
	prepare:   preparePostgres,
	arguments: postgresArguments,
	url: func(addr string) string {
		return "postgres://postgres@" + addr + "/postgres?sslmode=disable"
	},
	ready:   postgresReady,
	stop:    syscall.SIGINT,  // "fast": sessions are cut off, data is saved
	discard: syscall.SIGQUIT, // "immediate": only the shared memory is freed
	death:   syscall.SIGQUIT, // likewise; SIGKILL would leave a busy child behind
	sweep:   sweepPostgres,
}

// findPostgres wants initdb beside postgres. Debian keeps both out of PATH.
func findPostgres() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil && hasInitdb(path) {
		return path, nil
	}
	best, bestVersion := "", -1.0
	paths, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // fails on a bad pattern only
	for _, path := range paths {
		version, err := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(path))), 64)
		if err == nil && version > bestVersion && hasInitdb(path) {
			best, bestVersion = path, version
		}
	}
	if best == "" {
		return "", errors.New("postgres and initdb are neither in PATH nor in /usr/lib/postgresql/*/bin")
	}
	return best, nil
}

func hasInitdb(postgres string) bool {
	_, err := os.Stat(initdbBeside(postgres))
	return err == nil
}

func initdbBeside(postgres string) string {
	return filepath.Join(filepath.Dir(postgres), "initdb"+filepath.Ext(postgres))
}

// postgresArguments keeps everything that the server makes in its directory
// or on the loopback port: no unix socket, no files in /dev/shm.
func postgresArguments(dir string, port int) []string {
	return []string{
		"-D", filepath.Join(dir, "data"),
		"-c", "listen_addresses=127.0.0.1", "-c", "port=" + strconv.Itoa(port),
		"-c", "unix_socket_directories=", "-c", "dynamic_shared_memory_type=mmap",
		"-c", "fsync=on",
	}
}

// postgresReady reads the server's lock file first, because each connection
// that comes too early costs the server a process.
func postgresReady(addr, dir string, pid int) error {
	if pid != 0 {
		lines := lockFile(dir)
		if len(lines) < 8 || lines[0] != strconv.Itoa(pid) || strings.TrimSpace(lines[7]) != "ready" {
			return errors.New("the lock file does not say that it is ready")
		}
	}
	reply, err := ask(addr, startupMessage(), func(reply []byte) bool {
		return len(reply) > 0 && (reply[0] != 'E' || len(reply) > int(binary.BigEndian.Uint32(append(reply, 0, 0, 0, 0)[1:])))
	})
	if err != nil {
		return err
	}
	const cannotConnectNow = "C57P03\x00" // it is starting up, or shutting down
	if reply[0] == 'E' && strings.Contains(string(reply), cannotConnectNow) {
		return errors.New("it is starting up")
	}
	if reply[0] != 'E' && reply[0] != 'R' {
		return errors.New("the answer is not postgres's")
	}
	return nil
}

// startupMessage asks for a connection by protocol 3.0.
func startupMessage() string {
	body := binary.BigEndian.AppendUint32(nil, 3<<16)
	body = append(body, "user\x00postgres\x00database\x00postgres\x00\x00"...)
	return string(append(binary.BigEndian.AppendUint32(nil, uint32(4+len(body))), body...))
}

// lockFile returns the lines of postmaster.pid: process id, directory, start,
// port, socket directory, address, shared memory (key and id), state.
func lockFile(dir string) []string {
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\n")
}

// sweepPostgres removes the piece of System V shared memory that a killed
// server leaves until it starts again. Its lock file, there only then, names
// it. Without ipcrm, or where it is gone, nothing is lost.
func sweepPostgres(dir string) {
	lines := lockFile(dir)
	if len(lines) < 7 {
		return
	}
	if ids := strings.Fields(lines[6]); len(ids) == 2 {
		_ = exec.Command("ipcrm", "-m", ids[1]).Run()
	}
}
