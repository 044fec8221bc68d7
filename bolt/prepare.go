package bolt

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// prepare creates the bucket, or checks that it is one that this package
// understands. A bucket that is refused is not written to.
func (c *core) prepare() error {
	var ready bool
	err := tryTx(c.db.View, func(tx *bbolt.Tx) (err error) {
		ready, err = checkLayout(tx.Bucket(c.bucket), c.bucket)
		return err
	})
	if err != nil || ready {
		return err
	}
	err = tryTx(c.db.Update, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(c.bucket)
		if err != nil {
			return err
		}
		ready, err := checkLayout(b, c.bucket)
		if err != nil {
			return err
		}
		if ready { // another store was faster
			return errUnchanged
		}
		return b.Put([]byte(layoutKey), []byte(layoutVersion))
	})
	if err == nil || errors.Is(err, errUnchanged) {
		return nil
	}
	return orFull(err)
}

// checkLayout reports whether b holds this package's layout. An absent or empty
// bucket is not ready, and no error.
func checkLayout(b *bbolt.Bucket, name []byte) (ready bool, err error) {
	if b == nil {
		return false, nil
	}
	version := b.Get([]byte(layoutKey))
	if string(version) == layoutVersion {
		return true, nil
	}
	if version != nil {
		return false, fmt.Errorf("bucket %q has layout %q and this program knows %s only: it was written by another version of the program, use that one",
			name, version, layoutVersion)
	}
	if first, _ := b.Cursor().First(); first != nil {
		return false, fmt.Errorf("bucket %q holds something else than sessions: choose another Options.Bucket", name)
	}
	return false, nil
}
