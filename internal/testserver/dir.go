package testserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// dirPrefix begins the name of every directory made here. The process id
// follows, so that a later run knows whose it was, behind a word that differs
// where process ids mean something else: in another container, say.
var dirPrefix = sync.OnceValue(func() string { return "sessionstore-test-" + pidSpace() + "-" })

var removeStaleOnce = sync.OnceFunc(func() { removeStale(tempDir()) })

// makeDir makes a directory that the server's user owns. It is not a
// t.TempDir, into which only the user of the test may look.
func makeDir(name string) (string, error) {
	removeStaleOnce()
	dir, err := os.MkdirTemp(tempDir(), fmt.Sprintf("%s%d-%s-", dirPrefix(), os.Getpid(), name))
	if err != nil {
		return "", err
	}
	return dir, giveAway(dir)
}

// removeStale removes the directories of test processes that are gone. What
// cannot be removed belongs to another user.
func removeStale(base string) {
	paths, _ := filepath.Glob(filepath.Join(base, dirPrefix()+"*")) // fails on a bad pattern only
	for _, path := range paths {
		rest := strings.TrimPrefix(filepath.Base(path), dirPrefix())
		pid, _, _ := strings.Cut(rest, "-")
		if id, err := strconv.Atoi(pid); err == nil && !alive(id) {
			_ = os.RemoveAll(path)
		}
	}
}

// alive reports whether a process exists. Where that cannot be told, it does.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	defer p.Release()
	err = p.Signal(syscall.Signal(0))
	return !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH)
}

// tempDir is where the system wants temporary files, unless the servers run as
// another user who may not enter there.
func tempDir() string {
	dir := os.TempDir()
	if _, _, other := serverUser(); !other {
		return dir
	}
	for up := filepath.Clean(dir); ; up = filepath.Dir(up) {
		info, err := os.Stat(up)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return "/tmp"
		}
		if up == filepath.Dir(up) {
			return dir
		}
	}
}

// giveAway makes the servers' user the owner of dir and all in it.
func giveAway(dir string) error {
	uid, gid, other := serverUser()
	if !other {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}
