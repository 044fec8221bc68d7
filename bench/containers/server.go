package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// stopLimit is how long a server may take to end. One that takes longer is
// killed by the engine.
const stopLimit = 30 * time.Second

// Server is a server in a container, or one that was ended and can start
// again.
type Server struct {
	kind      *kind
	engine    *engine
	container *testcontainers.DockerContainer
	addr      string

	mu      sync.Mutex // guards what follows, and lets one change go on at a time
	running bool       // as far as was asked for
	pid     int        // on this machine; 0 where it does not know it
}

// Addr returns host:port.
func (s *Server) Addr() string { return s.addr }

// URL returns the address in the form that open.URL takes.
func (s *Server) URL() string { return s.kind.url(s.addr) }

// Harness says what the server runs in.
func (s *Server) Harness() string { return "container" }

// Owned is true: the server was started here.
func (s *Server) Owned() bool { return true }

// Pid returns the server's process id on this machine. It is 0 while the
// server does not run, and where the engine counts processes of its own, as in
// a virtual machine.
func (s *Server) Pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid
}

// Stop ends the server cleanly, so that it saves what it can save, and waits
// for its end. A server that does not run stays as it is.
func (s *Server) Stop(ctx context.Context) error {
	return s.change(ctx, "stop", s.stop)
}

// Kill ends the server with SIGKILL and waits until it and its children are
// gone. A server that does not run stays as it is.
func (s *Server) Kill(ctx context.Context) error {
	return s.change(ctx, "kill", s.kill)
}

// Start runs a server that was ended again, on the same data and port, and
// returns when it answers.
func (s *Server) Start(ctx context.Context) error {
	return s.change(ctx, "start", s.restart)
}

// Close removes the server with its data. It may be called again.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.pid = false, 0
	ctx, cancel := context.WithTimeout(context.Background(), removeLimit)
	defer cancel()
	return s.engine.remove(ctx, s.container.ID)
}

// change does one thing to the server, and shows the end of its log where that
// fails.
func (s *Server) change(ctx context.Context, verb string, do func(context.Context) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := do(ctx); err != nil {
		return fmt.Errorf("%s the container of %s: %w", verb, s.kind.name, err)
	}
	return nil
}

func (s *Server) stop(ctx context.Context) error {
	if !s.running {
		return nil
	}
	s.running, s.pid = false, 0
	state, err := s.container.State(ctx)
	if err != nil {
		return err
	}
	if !state.Running {
		return s.withLog(ctx, fmt.Errorf("it had ended by itself with exit code %d", state.ExitCode))
	}
	limit := stopLimit
	if err := s.container.Stop(ctx, &limit); err != nil {
		return err
	}
	if state, err = s.container.State(ctx); err != nil {
		return err
	}
	if state.ExitCode != 0 { // it may not have saved its data
		return s.withLog(ctx, fmt.Errorf("it did not end cleanly: exit code %d", state.ExitCode))
	}
	return nil
}

// kill waits for the end first to be reported, then for all else: the engine
// gives the port back before it says that the container does not run.
func (s *Server) kill(ctx context.Context) error {
	if !s.running {
		return nil
	}
	s.running, s.pid = false, 0
	if _, err := s.engine.client.ContainerKill(ctx, s.container.ID, client.ContainerKillOptions{Signal: "SIGKILL"}); err != nil {
		return err
	}
	end := s.engine.client.ContainerWait(ctx, s.container.ID, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case <-end.Result:
		return nil
	case err := <-end.Error:
		return err
	}
}

// restart waits for a port that has been taken meanwhile, because the port has
// to stay the same.
func (s *Server) restart(ctx context.Context) error {
	if s.running {
		return errors.New("it is running")
	}
	for deadline := time.Now().Add(startLimit); ; time.Sleep(20 * time.Millisecond) {
		err := s.start(ctx)
		if err == nil || !isBusy(err) || time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
	}
}

// start starts the container and waits until the server answers.
func (s *Server) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := s.container.Start(ctx); err != nil {
		return s.withLog(context.WithoutCancel(ctx), err)
	}
	state, err := s.container.State(ctx)
	if err != nil {
		return err
	}
	s.running = true
	if isHere(state.Pid, s.container.ID) {
		s.pid = state.Pid
	}
	return nil
}

// isHere reports whether a process id that the engine tells is one of this
// machine: the kernel knows which container a process belongs to.
func isHere(pid int, container string) bool {
	groups, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
	return err == nil && strings.Contains(string(groups), container)
}

// withLog returns err with the last lines that the server wrote.
func (s *Server) withLog(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	text, logErr := s.log(ctx)
	if logErr != nil {
		return errors.Join(err, logErr)
	}
	if text == "" {
		return err
	}
	return fmt.Errorf("%w; its log ends with:\n%s", err, text)
}

func (s *Server) log(ctx context.Context) (string, error) {
	r, err := s.container.Logs(ctx)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n"), err
}
