package bolt

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// fileSystem names the file system of dir.
func fileSystem(tb testing.TB, dir string) string {
	tb.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		tb.Fatal(err)
	}
	// Of statfs(2).
	names := map[uint32]string{
		0xef53: "ext4", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x01021994: "tmpfs",
		0x794c7630: "overlayfs", 0x2fc12fc1: "zfs", 0x6969: "nfs", 0xf2f52010: "f2fs",
	}
	if name, ok := names[uint32(s.Type)]; ok {
		return name
	}
	return fmt.Sprintf("of type %#x", uint32(s.Type))
}

// dataSync makes what was written to f last, unless the write failed.
func dataSync(f *os.File, err error) error {
	if err != nil {
		return err
	}
	return syscall.Fdatasync(int(f.Fd()))
}
