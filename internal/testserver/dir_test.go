package testserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

func TestRemoveStale(t *testing.T) {
	gone := exec.Command(os.Args[0], "-test.run=^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	base := t.TempDir()
	for name, kept := range map[string]bool{
		fmt.Sprintf("%s%d-redis-1", dirPrefix(), gone.Process.Pid): false,
		fmt.Sprintf("%s%d-redis-2", dirPrefix(), os.Getpid()):      true,
		fmt.Sprintf("%s%d-redis-3", dirPrefix(), os.Getppid()):     true,
		fmt.Sprintf("another-%d-redis-4", gone.Process.Pid):        true,
		dirPrefix() + "x-redis-5":                                  true,
	} {
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Join(path, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		removeStale(base)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) == kept {
			t.Errorf("%s: Stat: %v; it is to be kept: %v", name, err, kept)
		}
	}
}

// Another user must be able to enter every directory above the data.
func TestTempDirOpenToServers(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.MkdirAll(filepath.Join(closed, "open"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(closed, "open")
	t.Setenv("TMPDIR", want)
	if _, _, other := serverUser(); other {
		want = "/tmp"
	} else if runtime.GOOS == "windows" {
		want = os.TempDir() // another variable decides
	}
	if got := tempDir(); got != want {
		t.Errorf("tempDir() = %s, want %s", got, want)
	}
}
