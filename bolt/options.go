package bolt

import (
	"errors"
	"io/fs"
	"time"

	"go.etcd.io/bbolt"
)

// Options says how a Store is set up. The zero value works.
type Options struct {
	// Bucket is the name of the top-level bucket that holds everything the
	// store writes. Stores with different buckets share one file without
	// seeing each other. Empty means "sessions".
	Bucket string

	// SweepInterval is the time between two removals of expired sessions, a
	// tenth more or less at random. It decides how soon their room is used
	// again, never whether they are served. Zero means a minute, a negative
	// value never: the file then grows with every session that is not deleted.
	SweepInterval time.Duration

	// OnError is told why a sweep failed; the next one tries again. It is
	// called from the sweeper's goroutine and must not call Close. Nil means
	// that nobody is told.
	OnError func(error)

	// LockTimeout is how long Open waits for another process to let go of the
	// file. Zero means a second. New ignores it.
	LockTimeout time.Duration

	// FileMode is the permission of a file that Open creates, before the
	// umask. Zero means 0600: whoever can read the file can take over every
	// session in it. New ignores it.
	FileMode fs.FileMode
}

const (
	defaultBucket        = "sessions"
	defaultSweepInterval = time.Minute
	defaultLockTimeout   = time.Second
	defaultFileMode      = fs.FileMode(0o600)
)

// withDefaults returns o with its zero fields filled in, or what is wrong with
// it.
func (o Options) withDefaults() (Options, error) {
	if o.Bucket == "" {
		o.Bucket = defaultBucket
	}
	if len(o.Bucket) > bbolt.MaxKeySize {
		return o, errors.New("Options.Bucket is too long: bbolt allows 32768 bytes")
	}
	if o.SweepInterval == 0 {
		o.SweepInterval = defaultSweepInterval
	}
	if o.LockTimeout < 0 {
		return o, errors.New("Options.LockTimeout is negative: want zero for a second, or more")
	}
	if o.LockTimeout == 0 {
		o.LockTimeout = defaultLockTimeout
	}
	if o.FileMode == 0 {
		o.FileMode = defaultFileMode
	}
	return o, nil
}
