//go:build !linux

package baseline

import "os"

const syncName = "fsync"

// syncData waits until the file is on the disk.
func syncData(f *os.File) error { return f.Sync() }
