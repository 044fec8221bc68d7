package bolt

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"

	"github.com/coatcheck/sessionstore"
)

var (
	// errUnchanged ends a transaction that has nothing to commit.
	errUnchanged = errors.New("nothing changed")

	// errExpired says that a record is there and no longer live.
	errExpired = errors.New("session expired")

	// errNoBucket says that the bucket was deleted behind the store's back.
	errNoBucket = errors.New("the store's bucket is gone from the database: open the store again to create it")

	// errDamaged stands for a panic of bbolt, whose text is withheld.
	errDamaged = fmt.Errorf("%w: a page of the file is damaged: check it with `bbolt check FILE`, or restore a backup",
		sessionstore.ErrCorrupt)
)

// orFull returns the error of a failed commit so that it matches ErrFull if
// there was no room for it. bbolt passes some causes on as text alone, so their
// text decides; it holds the name of the file and nothing of a session.
func orFull(err error) error {
	if errors.Is(err, berrors.ErrMaxSizeReached) {
		return fmt.Errorf("%w: %w", sessionstore.ErrFull, err)
	}
	for _, no := range append([]syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG}, platformFull...) {
		if errors.Is(err, no) || strings.HasSuffix(err.Error(), no.Error()) {
			return fmt.Errorf("%w: %w", sessionstore.ErrFull, err)
		}
	}
	return err
}
