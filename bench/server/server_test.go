package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/coatcheck/sessionstore/bench/containers"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// childVariable makes the test binary another program.
const childVariable = "SESSIONSTORE_SERVER_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "hold":
		Main(holder{})
	case "start":
		Main(starter{})
	}
	Main(m)
}

// child returns a command for the test binary as another program.
func child(job string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childVariable+"="+job), env...)
	return cmd
}

// holder starts a server, prints its address, and waits to be interrupted.
type holder struct{}

func (holder) Run() int {
	s, err := Start(context.Background(), "memcached")
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println(s.Addr())
	select {}
}

// starter starts a server and prints the error.
type starter struct{}

func (starter) Run() int {
	s, err := Start(context.Background(), "redis")
	if err == nil {
		s.Close()
		return 0
	}
	fmt.Println(errors.Is(err, ErrUnavailable), err)
	return 1
}

// needsDocker skips a test on a machine without containers.
func needsDocker(t *testing.T) {
	t.Helper()
	s, err := containers.Start(t.Context(), "memcached")
	if err == nil {
		err = s.Close()
	}
	required, requireErr := testserver.Required("docker")
	if errors.Is(err, containers.ErrUnavailable) && !required {
		t.Skip(err)
	}
	if err := errors.Join(err, requireErr); err != nil {
		t.Fatal(err)
	}
}

// TestInterrupted: Ctrl-C ends a program as a shell expects, and without its
// container.
func TestInterrupted(t *testing.T) {
	needsDocker(t)
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := child("hold", choiceVariable+"="+inDocker)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		addr := strings.TrimSpace(line)
		if err == nil {
			err = testserver.Answers("memcached", addr)
		}
		err = errors.Join(err, cmd.Process.Signal(sent))
		if _, copyErr := io.Copy(io.Discard, out); err != nil || copyErr != nil {
			t.Fatal(line, err, copyErr)
		}
		_ = cmd.Wait() // the status is looked at below
		if got, want := cmd.ProcessState.ExitCode(), 128+int(sent); got != want {
			t.Errorf("%v: exit status %d, want %d", sent, got, want)
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			t.Errorf("%v: the container is still there", sent)
		}
	}
}

// harnessOf starts a redis and returns what it runs in.
func harnessOf(t *testing.T) string {
	t.Helper()
	s, err := Start(t.Context(), "redis")
	if err != nil {
		t.Fatal(err)
	}
	if err := testserver.Answers("redis", s.Addr()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return s.Harness()
}

func TestChosen(t *testing.T) {
	needsDocker(t)
	other := testserver.NewRedis(t)
	for _, test := range []struct {
		choice, url, path string
		want              string
	}{
		{inDocker, other.URL(), os.Getenv("PATH"), "container"},
		{onMachine, other.URL(), os.Getenv("PATH"), "local program"},
		{whatThere, other.URL(), os.Getenv("PATH"), "given by SESSIONSTORE_REDIS_URL"},
		{ofNoChoice, other.URL(), os.Getenv("PATH"), "given by SESSIONSTORE_REDIS_URL"},
		{whatThere, "", os.Getenv("PATH"), "local program"},
		{whatThere, "", t.TempDir(), "container"},
	} {
		t.Setenv(choiceVariable, test.choice)
		t.Setenv(Variable("redis"), test.url)
		t.Setenv("PATH", test.path)
		if got := harnessOf(t); got != test.want {
			t.Errorf("%s=%q with the URL %q and PATH=%s: %q, want %q", choiceVariable, test.choice, test.url, test.path, got, test.want)
		}
	}
}

func TestChoiceMisspelt(t *testing.T) {
	t.Setenv(choiceVariable, "dokcer")
	_, err := Start(t.Context(), "redis")
	if err == nil || errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "docker, local or auto") {
		t.Errorf("Start: %v, want an error that names the choices", err)
	}
}

// TestNothingThere: whoever has nothing at all is told all that would help.
func TestNothingThere(t *testing.T) {
	const nowhere = "DOCKER_HOST=tcp://127.0.0.1:1"
	const noRedis, noEngine = "apt-get install redis-server", "no container engine answers at " + nowhere
	for choice, want := range map[string][]string{
		inDocker:   {"true ", noEngine},
		onMachine:  {"true ", noRedis},
		whatThere:  {"true ", noRedis, noEngine, "set SESSIONSTORE_REDIS_URL"},
		ofNoChoice: {"true ", noRedis, noEngine, "set SESSIONSTORE_REDIS_URL"},
	} {
		cmd := child("start", nowhere, choiceVariable+"="+choice, "PATH="+t.TempDir(), Variable("redis")+"=")
		out, err := cmd.Output()
		if err == nil {
			t.Errorf("%q: a server was started", choice)
		}
		for _, part := range want {
			if !strings.Contains(string(out), part) {
				t.Errorf("%q: %s\nwant one that contains %q", choice, out, part)
			}
		}
	}
}
