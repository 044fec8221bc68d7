package bolt

import (
	"context"
	"errors"

	"github.com/coatcheck/sessionstore"
)

// maxBatch is how many records the sweeper, or Clear, deals with in one
// transaction: writers wait for it, some milliseconds.
const maxBatch = 200

// inBatches calls step, which deals with up to limit records in a transaction,
// until it reports that there are no more or ctx ends.
//
// Records that lie far from each other are on a page each, and bbolt needs as
// many free pages to delete them at once. In a full file there may be few, so a
// batch that finds no room is tried again with half as many records; else the
// one thing that makes room would fail for want of it.
func inBatches(ctx context.Context, step func(limit int) (more bool, err error)) error {
	limit := maxBatch
	for ctx.Err() == nil {
		more, err := step(limit)
		switch {
		case errors.Is(err, sessionstore.ErrFull) && limit > 1:
			limit /= 2
		case err != nil || !more:
			return err
		default:
			limit = min(2*limit, maxBatch)
		}
	}
	return ctx.Err()
}
