package testserver

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// attributes puts a program into a process group of its own, out of reach of
// the terminal's Ctrl-C, and lets it end with this process.
//
// The user is changed here and not by memcached's own -u, because a process
// that changes its user loses the signal of its parent's death.
func attributes(death syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
	if uid, gid, other := serverUser(); other {
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return attr
}

// serverUser returns whom root lets the servers run as; others are themselves.
// postgres and memcached refuse to run as root.
func serverUser() (uid, gid int, other bool) {
	ids := serverUserOnce()
	return ids[0], ids[1], os.Geteuid() == 0
}

var serverUserOnce = sync.OnceValue(func() [2]int {
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, uidErr := strconv.Atoi(u.Uid)
			gid, gidErr := strconv.Atoi(u.Gid)
			if uidErr == nil && gidErr == nil {
				return [2]int{uid, gid}
			}
		}
	}
	return [2]int{65534, 65534}
})

// kill ends the process and its children at once, and reports whether all are
// gone within limit. postgres puts each child into a group of its own, so that
// they are looked up; a process that is stopped meanwhile makes no more.
func (p *process) kill(limit time.Duration) bool {
	if p.ended() {
		return true
	}
	deadline := time.Now().Add(limit)
	pid := p.cmd.Process.Pid
	_ = p.cmd.Process.Signal(syscall.SIGSTOP)
	for state, _ := stat(pid); state != "T" && running(pid) && time.Now().Before(deadline); state, _ = stat(pid) {
		time.Sleep(100 * time.Microsecond)
	}
	children := childrenOf(pid)
	_ = p.cmd.Process.Kill()
	for _, child := range children {
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	if !p.end(syscall.SIGKILL, limit) {
		return false
	}
	for _, child := range children {
		for running(child) {
			if time.Now().After(deadline) {
				return false
			}
			time.Sleep(time.Millisecond)
		}
	}
	return true
}

// resume lets a process go on that SIGSTOP stopped.
func (p *process) resume() { _ = p.cmd.Process.Signal(syscall.SIGCONT) }

// childrenOf returns the processes whose parent is pid.
func childrenOf(pid int) []int {
	var children []int
	paths, _ := filepath.Glob("/proc/[0-9]*") // fails on a bad pattern only
	for _, path := range paths {
		child, _ := strconv.Atoi(filepath.Base(path))
		if _, parent := stat(child); parent == pid {
			children = append(children, child)
		}
	}
	return children
}

// running reports whether a process can still hold a port or memory: one that
// only waits to be fetched by its parent holds neither.
func running(pid int) bool {
	state, _ := stat(pid)
	return state != "" && state != "Z" && state != "X"
}

// stat returns a process's state and parent; an empty state when it is gone.
func stat(pid int) (state string, parent int) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", 0
	}
	// The name, in parentheses, may hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 2 {
		return "", 0
	}
	parent, _ = strconv.Atoi(fields[1])
	return fields[0], parent
}

// pidSpace names the set of processes that an id belongs to.
func pidSpace() string {
	link, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return "0"
	}
	return strings.Trim(link, "pid:[]")
}
