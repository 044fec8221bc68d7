package containers

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// ownerLabel is on every container that is made here. Its value names the
// process that made it.
const ownerLabel = "com.github.coatcheck.sessionstore.owner"

// owner is a process, told from a later one with the same id.
type owner struct {
	space   string // the set of processes that the id belongs to
	pid     int32
	started time.Time // by the wall clock, to a few seconds
}

// self returns this process.
func self() (owner, error) {
	o := owner{space: pidSpace(), pid: int32(os.Getpid())}
	var err error
	o.started, err = beginning(o.pid)
	return o, err
}

// String is the label's value.
func (o owner) String() string {
	return fmt.Sprintf("%s/%d/%d", o.space, o.pid, o.started.Unix())
}

func parseOwner(label string) (owner, error) {
	parts := strings.Split(label, "/")
	if len(parts) != 3 {
		return owner{}, fmt.Errorf("%q is no owner", label)
	}
	pid, pidErr := strconv.ParseInt(parts[1], 10, 32)
	seconds, err := strconv.ParseInt(parts[2], 10, 64)
	return owner{parts[0], int32(pid), time.Unix(seconds, 0)}, errors.Join(pidErr, err)
}

// isGone reports whether the process is known to have ended. Processes of
// another space, such as those in another container, cannot be seen from here.
func (o owner) isGone() bool {
	if o.space != pidSpace() {
		return false
	}
	at, err := beginning(o.pid)
	if err != nil {
		return errors.Is(err, process.ErrorProcessNotRunning)
	}
	return at.Sub(o.started).Abs() > time.Minute // the clock may have been set since
}

// beginning returns when a process began.
func beginning(pid int32) (time.Time, error) {
	p, err := process.NewProcess(pid)
	if err != nil {
		return time.Time{}, err
	}
	at, err := p.CreateTime()
	return time.UnixMilli(at), err
}

// pidSpace names the set of processes that an id belongs to; only on Linux are
// there several.
func pidSpace() string {
	link, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return "0"
	}
	return strings.Trim(link, "pid:[]")
}
