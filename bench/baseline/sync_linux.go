package baseline

import (
	"os"
	"syscall"
)

const syncName = "fdatasync"

// syncData waits until the file's data is on the disk.
func syncData(f *os.File) error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err != syscall.EINTR {
			return err
		}
	}
}
