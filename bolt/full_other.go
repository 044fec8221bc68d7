//go:build !windows

package bolt

import "syscall"

// platformFull adds nothing: POSIX has one set of names for a full disk.
var platformFull []syscall.Errno
