package testserver

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// process is a server's process. Whoever waits for done may then read err.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; guarded by done
}

// launch starts a program that gets the signal death when this process dies.
//
// The kernel sends it when the thread dies that started the program, so that a
// goroutine holds that thread as long as the program runs.
func launch(program string, args []string, dir string, log *os.File, death syscall.Signal) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), done: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = environment()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = attributes(death)
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.done)
		}
	}()
	return p, <-started
}

// environment is that of the test, in English: busy reads what servers say.
func environment() []string { return append(os.Environ(), "LC_ALL=C") }

// end sends a signal and reports whether the process ends within limit. One
// that a test has stopped with SIGSTOP goes on, to take the signal.
func (p *process) end(signal os.Signal, limit time.Duration) bool {
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		_ = p.cmd.Process.Kill() // a system without signals
	}
	p.resume()
	select {
	case <-p.done:
		return true
	case <-time.After(limit):
		return false
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// exit says how a process ended.
func (p *process) exit() error {
	<-p.done
	if p.err != nil {
		return p.err
	}
	return errors.New("exit status 0")
}

// tail returns the last lines of a log, none from before the offset, where an
// earlier run of the server wrote.
func tail(path string, from int64) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text[min(from, int64(len(text))):])), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
