package testserver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	startLimit = time.Minute      // a loaded machine, or the recovery of a killed postgres
	stopLimit  = 30 * time.Second // after it a server that does not end is killed
)

// errBusy says that a server found its port, or the memory that its
// predecessor shared, still taken.
var errBusy = errors.New("port or data still in use")

// create makes a server of its own directory and starts it on a free port.
func create(k *kind, program string, args []string) (*Server, error) {
	dir, err := makeDir(k.name)
	if err != nil {
		return nil, err
	}
	s := &Server{kind: k, dir: dir, args: args}
	if err := s.firstStart(program, FreePort); err != nil {
		_ = s.discard()
		return nil, fmt.Errorf("testserver: start %s: %w", k.name, err)
	}
	return s, nil
}

// firstStart looks for a port until the server gets the one that was free
// when it was chosen.
func (s *Server) firstStart(program string, port func() (int, error)) error {
	if s.kind.prepare != nil {
		if err := s.kind.prepare(program, s.dir); err != nil {
			return err
		}
	}
	var err error
	for range 20 {
		if s.port, err = port(); err != nil {
			return err
		}
		s.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
		s.url = s.kind.url(s.addr)
		if err = s.start(program); !errors.Is(err, errBusy) {
			return err
		}
	}
	return err
}

// restart waits for a port that has been taken meanwhile, because the port has
// to stay the same. A server that ended by itself may start again, too.
func (s *Server) restart() error {
	if s.proc != nil && !s.proc.ended() {
		return errors.New("it is running")
	}
	program, err := s.kind.find()
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(startLimit); ; time.Sleep(20 * time.Millisecond) {
		err := s.start(program)
		if !errors.Is(err, errBusy) || time.Now().After(deadline) {
			return err
		}
	}
}

// start runs the program and waits until it answers.
func (s *Server) start(program string) error {
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	from, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	proc, err := launch(program, append(s.kind.arguments(s.dir, s.port), s.args...), s.dir, log, s.kind.death)
	if err != nil {
		return err
	}
	if err := s.await(proc); err != nil {
		proc.kill(stopLimit)
		text := tail(s.logFile(), from)
		if busy(text) {
			err = errBusy
		}
		return withLog(err, text)
	}
	s.proc = proc
	return nil
}

// await asks the server until it answers, in the server's own protocol and
// with its process id, so that a stranger on the same port does not count.
func (s *Server) await(proc *process) error {
	deadline := time.Now().Add(startLimit)
	for {
		err := s.kind.ready(s.addr, s.dir, proc.cmd.Process.Pid)
		select {
		case <-proc.done:
			return fmt.Errorf("it ended: %w", proc.exit())
		default:
		}
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not ready after %v: %w", startLimit, err)
		}
		time.Sleep(time.Millisecond)
	}
}

func (s *Server) stop() error {
	if s.proc == nil {
		return nil
	}
	proc := s.proc
	s.proc = nil
	if proc.ended() {
		return s.explain("it had ended by itself: %w", proc.exit())
	}
	if !proc.end(s.kind.stop, stopLimit) {
		proc.kill(stopLimit)
		return s.explain("it did not end within %v and was killed", stopLimit)
	}
	if proc.err != nil { // it may not have saved its data
		return s.explain("it did not end cleanly: %w", proc.err)
	}
	return nil
}

func (s *Server) kill() error {
	if s.proc == nil {
		return nil
	}
	proc := s.proc
	s.proc = nil
	if !proc.kill(stopLimit) {
		return s.explain("it, or a child of it, outlived SIGKILL by %v", stopLimit)
	}
	return nil
}

// explain is fmt.Errorf with the end of the log.
func (s *Server) explain(format string, args ...any) error {
	return withLog(fmt.Errorf(format, args...), tail(s.logFile(), 0))
}

func withLog(err error, text string) error {
	return fmt.Errorf("%w; its log ends with:\n%s", err, text)
}

// discard ends the server in the quickest way that leaves nothing behind, and
// removes its data.
func (s *Server) discard() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil {
		if s.kind.discard != 0 {
			s.proc.end(s.kind.discard, stopLimit)
		}
		s.proc.kill(stopLimit)
	}
	s.proc = nil
	if s.kind.sweep != nil {
		s.kind.sweep(s.dir)
	}
	return os.RemoveAll(s.dir)
}

func (s *Server) logFile() string { return filepath.Join(s.dir, "server.log") }

// busy reports whether a server's log says that another has its port or, with
// postgres, that a process of its former self holds the shared memory.
func busy(log string) bool {
	log = strings.ToLower(log)
	return strings.Contains(log, "address already in use") || strings.Contains(log, "is still in use")
}
