package baseline

import (
	"context"
	"errors"
	"os"
)

// diskBytes is what is written before each wait for the disk: the least that a
// commit of bolt or a record of a server's log takes.
const diskBytes = 4096

// Disk returns the baseline of the disk that dir is on. The caller closes it,
// which removes its file.
func Disk(dir string) (*Baseline, error) {
	f, err := os.CreateTemp(dir, "baseline-*")
	if err != nil {
		return nil, err
	}
	page := make([]byte, diskBytes)
	return &Baseline{
		What: syncName + "-4KiB",
		do: func(context.Context) error {
			if _, err := f.WriteAt(page, 0); err != nil {
				return err
			}
			return syncData(f)
		},
		close: func() error { return errors.Join(f.Close(), os.Remove(f.Name())) },
	}, nil
}
