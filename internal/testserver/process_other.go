//go:build !linux

package testserver

import (
	"os"
	"syscall"
	"time"
)

// attributes is empty: only Linux tells a process that its parent died.
func attributes(syscall.Signal) *syscall.SysProcAttr { return nil }

// serverUser knows no other user. Under root, postgres says itself that it
// refuses.
func serverUser() (uid, gid int, other bool) { return 0, 0, false }

// kill ends the process. The children of postgres notice and end by
// themselves; Start waits for them.
func (p *process) kill(limit time.Duration) bool {
	return p.end(os.Kill, limit)
}

// resume does nothing: not every system can stop a process.
func (p *process) resume() {}

// pidSpace is one and the same.
func pidSpace() string { return "0" }
