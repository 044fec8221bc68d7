package testserver

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const orphanVariable = "SESSIONSTORE_TEST_ORPHAN"

// TestOrphanHelper is the process that TestNoOrphans kills, and nothing else.
func TestOrphanHelper(t *testing.T) {
	if os.Getenv(orphanVariable) == "" {
		return
	}
	for _, k := range kinds {
		s := k.own(t)
		fmt.Println("server", s.Pid())
		for _, pid := range childrenOf(s.Pid()) {
			fmt.Println("child", pid)
		}
	}
	fmt.Println("all started")
	select {}
}

// No server, and no child of one, outlives a test process that gets SIGKILL;
// the next test process removes its directories.
func TestNoOrphans(t *testing.T) {
	for _, k := range kinds {
		if _, err := k.kind.find(); err != nil {
			missing(t, k.kind, err, true)
		}
	}
	pids := killHelper(t)
	if len(pids) < 6 { // postgres alone has five children
		t.Errorf("servers and children: %v, want more", pids)
	}
	deadline := time.Now().Add(10 * time.Second)
	for _, pid := range pids {
		for running(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d still runs", pid)
			}
			time.Sleep(time.Millisecond)
		}
	}
	removeStale(tempDir())
	left, _ := filepath.Glob(filepath.Join(tempDir(), dirPrefix()+"*"))
	for _, path := range left {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), dirPrefix()), "-")
		var id int
		if fmt.Sscan(pid, &id); !alive(id) {
			t.Errorf("left behind: %s", path)
		}
	}
}

// killHelper runs TestOrphanHelper, kills it and returns what it had started.
func killHelper(t *testing.T) (pids []int) {
	t.Helper()
	helper := exec.Command(os.Args[0], "-test.run=^TestOrphanHelper$")
	helper.Env = append(os.Environ(), orphanVariable+"=1")
	helper.Stderr = os.Stderr
	out, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	defer helper.Wait()
	defer helper.Process.Kill()
	var text []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text = append(text, lines.Text())
		var what string
		var pid int
		if _, err := fmt.Sscan(lines.Text(), &what, &pid); err == nil {
			pids = append(pids, pid)
			if what == "server" && !running(pid) {
				t.Errorf("server %d does not run before the kill", pid)
			}
		}
		if lines.Text() == "all started" {
			return pids
		}
	}
	t.Fatalf("the helper ended early:\n%s", strings.Join(text, "\n"))
	return nil
}
