package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
)

// template is a data directory as initdb makes it. It is made once in a
// process, because a copy takes a small part of the time.
var template struct {
	sync.Once
	dir string
	err error
}

func preparePostgres(program, dir string) error {
	template.Do(func() { template.dir, template.err = makeTemplate(program) })
	if template.err != nil {
		return template.err
	}
	data := filepath.Join(dir, "data")
	if err := os.CopyFS(data, os.DirFS(filepath.Join(template.dir, "data"))); err != nil {
		return err
	}
	if err := os.Chmod(data, 0o700); err != nil { // else postgres refuses it
		return err
	}
	return giveAway(data)
}

// makeTemplate does not wait for the disk: only the server's own writes need
// to be durable.
func makeTemplate(program string) (string, error) {
	runtime.LockOSThread() // as launch does
	defer runtime.UnlockOSThread()
	dir, err := makeDir("template")
	if err != nil {
		return "", err
	}
	cmd := exec.Command(initdbBeside(program), "-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "trust",
		"--locale=C", "--encoding=UTF8", "--no-sync", "--no-instructions")
	cmd.Dir = dir
	cmd.Env = environment()
	cmd.SysProcAttr = attributes(syscall.SIGKILL)
	if out, err := cmd.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return dir, nil
}
