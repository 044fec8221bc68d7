//go:build unix

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestQuickStart does what the README's quick start says, in a copy of the
// clone, and compares what is printed. Only the port is another one: that of
// the README may be in use.
func TestQuickStart(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		const message = "no curl in PATH: install it (apt-get install curl)"
		if required := os.Getenv("SESSIONSTORE_REQUIRE"); required != "" {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	readme, err := os.ReadFile("../../README.md")
	must(t, err)
	steps := stepsOf(t, string(readme))
	r := &reader{t: t, clone: copyOfClone(t), addr: freeAddr(t)}
	for _, s := range steps {
		if got := r.follow(s.command); !alike(linesOf(got), linesOf(s.output)) {
			t.Fatalf("%s: got\n%s\nwant\n%s", s.command, got, s.output)
		}
	}
}

// step is a command of the README, or ^C, and what follows it there.
type step struct {
	command, output string
}

var quickStart = regexp.MustCompile(`(?s)<!-- quick start: begin -->(.*)<!-- quick start: end -->`)

// stepsOf reads the blocks of the quick start. A command goes on after a
// backslash at the end of its line.
func stepsOf(t *testing.T, readme string) (steps []step) {
	t.Helper()
	section := quickStart.FindString(readme)
	for _, block := range strings.Split(section, "```console\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
			last := len(steps) - 1
			command, isCommand := strings.CutPrefix(line, "$ ")
			switch {
			case isCommand, line == "^C":
				steps = append(steps, step{command: command})
			case strings.HasSuffix(steps[last].command, "\\"):
				steps[last].command += "\n" + line
			default:
				steps[last].output += line + "\n"
			}
		}
	}
	if len(steps) < 5 {
		t.Fatalf("got %d steps from the README's quick start: %v", len(steps), steps)
	}
	return steps
}

// reader is somebody who follows the README with two terminals.
type reader struct {
	t           *testing.T
	clone, addr string
	program     *exec.Cmd // in the first one
	printed     *lockedBuffer
}

const readmeAddr = "127.0.0.1:8080"

// follow carries out a command and returns what it prints, as it would be at
// the README's address.
func (r *reader) follow(command string) string {
	r.t.Helper()
	var printed string
	switch {
	case command == "^C":
		printed = r.interrupt()
	case strings.HasPrefix(command, "go run "):
		printed = r.run(command + " -addr " + r.addr)
	default:
		out, err := r.shell(strings.ReplaceAll(command, readmeAddr, r.addr)).Output()
		must(r.t, err)
		printed = string(out)
	}
	return strings.ReplaceAll(strings.ReplaceAll(printed, " -addr "+r.addr, ""), r.addr, readmeAddr)
}

func (r *reader) shell(command string) *exec.Cmd {
	c := exec.CommandContext(r.t.Context(), "sh", "-c", command)
	c.Dir = r.clone
	c.Env = append(os.Environ(), "GOWORK=") // a reader's shell has none, whatever this test runs under
	return c
}

// run starts the program in the first terminal and waits until it says how it
// ends.
func (r *reader) run(command string) string {
	r.t.Helper()
	r.printed = &lockedBuffer{}
	problems := &lockedBuffer{}
	r.program = r.shell("exec " + command)
	r.program.Stdout, r.program.Stderr = r.printed, problems
	r.program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(r.t, r.program.Start())
	group := -r.program.Process.Pid
	r.t.Cleanup(func() { _ = syscall.Kill(group, syscall.SIGKILL) }) // an error means that it has ended
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if strings.Contains(r.printed.String(), "Ctrl-C ends the program.") {
			return r.printed.String()
		}
	}
	r.t.Fatalf("the program did not start: %s%s", r.printed, problems)
	return ""
}

// interrupt sends what a terminal sends at Ctrl-C: a signal for all processes in
// it.
func (r *reader) interrupt() string {
	r.t.Helper()
	before := len(r.printed.String())
	must(r.t, syscall.Kill(-r.program.Process.Pid, syscall.SIGINT))
	_ = r.program.Wait() // go run has status 1 after Ctrl-C, whatever the program's is
	return r.printed.String()[before:]
}

var timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

func linesOf(text string) []string {
	return strings.Split(strings.TrimSpace(text), "\n")
}

// alike reports whether got is want, where a line of three dots stands for any
// lines, and one moment for another.
func alike(got, want []string) bool {
	switch {
	case len(want) == 0:
		return len(got) == 0
	case strings.TrimSpace(want[0]) == "...":
		return alike(got, want[1:]) || len(got) > 0 && alike(got[1:], want)
	case len(got) == 0:
		return false
	}
	return timestamp.ReplaceAllString(got[0], "now") == timestamp.ReplaceAllString(want[0], "now") && alike(got[1:], want[1:])
}

// copyOfClone keeps the databases of the quick start out of the clone, where
// somebody may have made their own. Hidden files and what programs left behind
// stay where they are.
func copyOfClone(t *testing.T) string {
	t.Helper()
	clone, to := "../..", t.TempDir()
	must(t, fs.WalkDir(os.DirFS(clone), ".", func(name string, d fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(d.Name(), ".") && name != "."
		switch {
		case err != nil:
			return err
		case d.IsDir() && hidden:
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		case hidden, !d.Type().IsRegular(), filepath.Ext(name) == ".db":
			return nil
		}
		text, err := os.ReadFile(filepath.Join(clone, name))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o600)
	}))
	return to
}
