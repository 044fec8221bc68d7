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
	"syscall"
	"time"
)

// attachLimit is how long strace may take to attach, and to end.
const attachLimit = 10 * time.Second

// tracer counts how often a process and its children tell the disk to write,
// with strace. That slows them down, so that more writes share a sync than
// would without.
type tracer struct {
	cmd  *exec.Cmd
	over chan struct{} // closed when strace says no more
	text []byte        // what it said; guarded by over
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
	args := []string{"-f", "-c", "-e", "trace=fsync,fdatasync"}
	for _, pid := range pids {
		args = append(args, "-p", strconv.Itoa(pid))
	}
	t := &tracer{cmd: exec.Command(program, args...), over: make(chan struct{})}
	stderr, err := t.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	attached := make(chan struct{})
	go t.listen(stderr, len(pids), attached)
	if err := t.await(ctx, attached); err != nil {
		t.abandon()
		return nil, err
	}
	return t, nil
}

// listen reads what strace says to its end, and closes attached when it has
// said something of each process.
func (t *tracer) listen(stderr io.Reader, processes int, attached chan struct{}) {
	defer close(t.over)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		t.text = append(append(t.text, lines.Bytes()...), '\n')
		if settled(lines.Text()) {
			if processes--; processes == 0 {
				close(attached)
			}
		}
	}
}

// settled reports whether strace has a process, or whether that is gone, as a
// child of postgres may be.
func settled(line string) bool {
	return strings.Contains(line, " attached") ||
		strings.Contains(line, "attach") && strings.Contains(line, syscall.ESRCH.Error())
}

func (t *tracer) await(ctx context.Context, attached chan struct{}) error {
	select {
	case <-attached:
		return nil
	case <-t.over:
		return fmt.Errorf("strace cannot attach: %s", bytes.TrimSpace(t.text))
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(attachLimit):
		return fmt.Errorf("strace did not attach within %v", attachLimit)
	}
}

// stop detaches, and returns the number of calls since trace.
func (t *tracer) stop() (int, error) {
	if err := t.cmd.Process.Signal(os.Interrupt); err != nil {
		t.abandon()
		return 0, fmt.Errorf("strace ended by itself: %w: %s", err, bytes.TrimSpace(t.text))
	}
	kill := time.AfterFunc(attachLimit, func() { _ = t.cmd.Process.Kill() })
	<-t.over
	_ = t.cmd.Wait() // it ends by the signal
	if !kill.Stop() {
		return 0, fmt.Errorf("strace did not detach within %v", attachLimit)
	}
	return countCalls(t.text)
}

// abandon ends strace, whatever it is at.
func (t *tracer) abandon() {
	_ = t.cmd.Process.Kill() // it may have ended by itself
	<-t.over
	_ = t.cmd.Wait()
}

// countCalls adds up the table that ends what strace says: its fourth column is
// the number of calls, its last the name. There is no table where there was no
// call.
func countCalls(text []byte) (int, error) {
	sum := 0
	for line := range bytes.Lines(text) {
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
