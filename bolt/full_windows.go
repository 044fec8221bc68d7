package bolt

import "syscall"

// platformFull is what Windows calls a full disk: ERROR_HANDLE_DISK_FULL and
// ERROR_DISK_FULL.
var platformFull = []syscall.Errno{39, 112}
