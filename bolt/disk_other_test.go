//go:build !linux

package bolt

import (
	"os"
	"testing"
)

// fileSystem is unknown without Linux's statfs.
func fileSystem(testing.TB, string) string { return "unknown" }

// dataSync makes what was written to f last, unless the write failed.
func dataSync(f *os.File, err error) error {
	if err != nil {
		return err
	}
	return f.Sync()
}
