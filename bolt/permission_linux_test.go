package bolt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestOpenPermission opens what the user may not.
func TestOpenPermission(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	if err := os.WriteFile(path, closedFile(t, Options{}), 0o400); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Dir(path), 0o700) }) // so that it can be removed
	done := make(chan error)
	for _, path := range []string{path, filepath.Join(filepath.Dir(path), "new.db")} {
		if err := os.Chmod(filepath.Dir(path), 0o555); err != nil {
			t.Fatal(err)
		}
		go func() {
			// The thread ends with the goroutine, which does not let go of it.
			runtime.LockOSThread()
			if os.Getuid() == 0 { // who may do anything: be nobody, as far as files go
				if _, _, no := syscall.RawSyscall(syscall.SYS_SETFSUID, 65534, 0, 0); no != 0 {
					done <- no
					return
				}
			}
			s, err := Open(path, Options{})
			if err == nil {
				s.Close()
			}
			done <- err
		}()
		err := <-done
		if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "change the owner or the mode") {
			t.Errorf("Open: got %v, want who may not and what to do", err)
		}
	}
}
