//go:build unix

package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// command is sessbench in a process of its own.
type command struct {
	*exec.Cmd
	dir   string
	lines *bufio.Scanner // of standard error
}

// start begins a comparison that takes minutes, and returns when it has told so
// many parts that measure: when it tells one, the one before has ended.
func start(t *testing.T, parts int) *command {
	t.Helper()
	c := &command{dir: t.TempDir()}
	c.Cmd = exec.Command(os.Args[0], "-full", "-backends", "memory,redis,bolt", "-o", c.dir)
	c.Env = append(os.Environ(), commandVariable+"=1", "SESSIONSTORE_SERVERS=local", "TMPDIR="+t.TempDir())
	errs, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			c.Process.Kill()
			c.Wait()
		}
	})
	c.lines = bufio.NewScanner(errs)
	for c.lines.Scan() {
		if strings.Contains(c.lines.Text(), "KiB") {
			parts--
		}
		if parts == 0 {
			return c
		}
	}
	t.Fatalf("it ended before it measured: %v", c.Wait())
	return nil
}

// offspring returns its servers, which are there where the program is.
func (c *command) offspring(t *testing.T) []*process.Process {
	t.Helper()
	p, err := process.NewProcess(int32(c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	children, err := p.Children()
	if err != nil && !errors.Is(err, process.ErrorNoChildren) {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("redis-server"); err == nil && len(children) == 0 {
		t.Error("it has started no redis-server")
	}
	return children
}

// ended returns the rest of standard error, and how the process ended.
func (c *command) ended() (rest string, status syscall.WaitStatus) {
	for c.lines.Scan() {
		rest += c.lines.Text() + "\n"
	}
	c.Wait()
	return rest, c.ProcessState.Sys().(syscall.WaitStatus)
}

// wantGone waits until none of the processes runs.
func wantGone(t *testing.T, all []*process.Process) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for _, p := range all {
		for {
			running, err := p.IsRunning()
			if err != nil || !running {
				break
			}
			if time.Now().After(deadline) {
				name, _ := p.Name()
				t.Errorf("%s with the id %d still runs", name, p.Pid)
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// TestCtrlC: the servers end, what was measured is kept and marked, the user is
// told at once, and the status is 130.
func TestCtrlC(t *testing.T) {
	t.Parallel()
	c := start(t, 2)
	servers := c.offspring(t)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, status := c.ended()
	if status.ExitStatus() != 130 || !strings.Contains(rest, "A second Ctrl-C") || !strings.Contains(rest, "sessbench: interrupted") {
		t.Errorf("status %d, %q, want 130 and the reason", status.ExitStatus(), rest)
	}
	wantGone(t, servers)
	run, err := load(filepath.Join(c.dir, resultsName))
	if err != nil || len(run.Latencies) == 0 || run.Setting("incomplete") == "" {
		t.Errorf("%v, %+v, want figures that are marked as incomplete", err, run)
	}
	if got := names(t, c.dir); got != "report.html results.txt" {
		t.Errorf("written: %s", got)
	}
}

// TestSecondCtrlC: it ends at once, and the servers with it.
func TestSecondCtrlC(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	servers := c.offspring(t)
	for c.ProcessState == nil && c.Process.Signal(os.Interrupt) == nil {
		time.Sleep(time.Millisecond)
		if running, err := process.PidExists(int32(c.Process.Pid)); err != nil || !running || isZombie(c) {
			break
		}
	}
	if rest, status := c.ended(); status.ExitStatus() != 130 || strings.Contains(rest, "interrupted") {
		t.Errorf("status %d, %q, want 130 without waiting for what is under way", status.ExitStatus(), rest)
	}
	wantGone(t, servers)
}

func isZombie(c *command) bool {
	p, err := process.NewProcess(int32(c.Process.Pid))
	if err != nil {
		return true
	}
	states, err := p.Status()
	return err != nil || len(states) > 0 && states[0] == process.Zombie
}
