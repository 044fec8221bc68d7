package survival

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// attachLimit is how long strace may take to attach, and to end.
const attachLimit = 10 * time.Second

// tracer counts how often a process and its children tell the disk to write,
// with strace. That slows them down, so that more writes share a sync than
// would without.
type tracer struct {
	cmd  *exec.Cmd
	dir  string        // has the file with the counts
	said chan struct{} // closed when strace says no more
}

// trace attaches to a process of this machine, and to its children of now and
// later. An error says why that cannot be done here; nothing is left of it.
func trace(ctx context.Context, pid int) (*tracer, error) {
	if pid == 0 {
		return nil, errors.New("the process id is not known on this machine")
	}
	program, err := exec.LookPath("strace")
	if err != nil {
		return nil, errors.New("strace is not in PATH (apt-get install strace)")
	}
	pids, err := family(pid)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "survival-fsync-")
	if err != nil {
		return nil, err
	}
	t := &tracer{dir: dir, said: make(chan struct{})}
	args := []string{"-f", "-c", "-e", "trace=fsync,fdatasync", "-o", t.counts()}
	for _, pid := range pids {
		args = append(args, "-p", strconv.Itoa(pid))
	}
	t.cmd = exec.Command(program, args...)
	if err := t.attach(ctx, len(pids)); err != nil {
		t.abandon()
		return nil, err
	}
	return t, nil
}

func (t *tracer) counts() string { return filepath.Join(t.dir, "counts") }

// attach starts strace and waits until it has all processes.
func (t *tracer) attach(ctx context.Context, processes int) error {
	stderr, err := t.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := t.cmd.Start(); err != nil {
		return err
	}
	attached, refusal := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(t.said)
		refusal <- watch(stderr, processes, attached)
	}()
	select {
	case <-attached:
		return nil
	case err := <-refusal:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(attachLimit):
		return fmt.Errorf("strace did not attach within %v", attachLimit)
	}
}

// watch reads what strace says to its end, closes attached when it has so many
// processes, and returns what it said else before that.
func watch(stderr io.Reader, processes int, attached chan struct{}) error {
	var last string
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if !strings.Contains(lines.Text(), " attached") {
			last = lines.Text()
			continue
		}
		if processes--; processes == 0 {
			close(attached)
		}
	}
	return fmt.Errorf("strace could not attach: %s", strings.TrimPrefix(last, "strace: "))
}

// stop detaches, and returns the number of calls since trace.
func (t *tracer) stop() (int, error) {
	defer os.RemoveAll(t.dir)
	if err := t.cmd.Process.Signal(os.Interrupt); err != nil {
		return 0, fmt.Errorf("strace ended by itself: %w", err)
	}
	kill := time.AfterFunc(attachLimit, func() { _ = t.cmd.Process.Kill() })
	<-t.said
	_ = t.cmd.Wait() // it ends by the signal
	if !kill.Stop() {
		return 0, fmt.Errorf("strace did not detach within %v", attachLimit)
	}
	table, err := os.ReadFile(t.counts())
	if err != nil {
		return 0, err
	}
	return countCalls(table)
}

// abandon ends strace, whatever it is at.
func (t *tracer) abandon() {
	defer os.RemoveAll(t.dir)
	if t.cmd.Process == nil {
		return
	}
	_ = t.cmd.Process.Kill()
	<-t.said
	_ = t.cmd.Wait()
}

// countCalls adds up strace's table: its fourth column is the number of calls,
// its last the name. There is no table where there was no call.
func countCalls(table []byte) (int, error) {
	sum := 0
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line))
		if len(fields) < 5 {
			continue
		}
		if name := fields[len(fields)-1]; name != "fsync" && name != "fdatasync" {
			continue
		}
		n, err := strconv.Atoi(fields[3])
		if err != nil {
			return 0, fmt.Errorf("strace's table has an unknown form: %q", line)
		}
		sum += n
	}
	return sum, nil
}

// family returns a process and all that descend from it.
func family(pid int) ([]int, error) {
	pids := []int{pid}
	for i := 0; i < len(pids); i++ {
		paths, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pids[i])) // fails on a bad pattern only
		if len(paths) == 0 {
			return nil, errors.New("the system does not tell the children of a process")
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				continue // a thread that has ended
			}
			for field := range strings.FieldsSeq(string(text)) {
				child, err := strconv.Atoi(field)
				if err != nil {
					return nil, fmt.Errorf("%s has %q: %w", path, field, err)
				}
				pids = append(pids, child)
			}
		}
	}
	return pids, nil
}
