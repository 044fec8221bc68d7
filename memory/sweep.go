package memory

import (
	"context"
	"errors"

	"github.com/coatcheck/sessionstore"
)

// sweepBatch is how many entries are looked at under one lock, so that a
// request waits microseconds for the sweep however much expires at once.
const sweepBatch = 64

// sweep is purge for the sweeper.
func (s *database) sweep(ctx context.Context) error {
	_, err := s.purge(ctx)
	return err
}

// purge removes what has expired, a batch of one shard at a time, and gives
// back memory. It returns how many it removed, and fails only when ctx ends.
func (s *database) purge(ctx context.Context) (removed int, err error) {
	for i := range s.shards {
		h := &s.shards[i]
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return removed, err
			}
			var n int
			n, more = h.sweepBatch()
			removed += n
		}
		h.shrink()
	}
	return removed, nil
}

// orMakeRoom calls write, and where it returns ErrFull makes room for it.
func (s *database) orMakeRoom(ctx context.Context, write func() error) error {
	err := write()
	if errors.Is(err, sessionstore.ErrFull) {
		return s.makeRoom(ctx, write)
	}
	return err
}

// makeRoom removes what has expired until write no longer returns ErrFull: the
// request that finds the store full does not wait for a whole sweep. It
// returns write's error, or ctx's.
func (s *database) makeRoom(ctx context.Context, write func() error) error {
	for i := range s.shards {
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return err
			}
			var removed int
			removed, more = s.shards[i].sweepBatch()
			if removed == 0 {
				continue
			}
			if err := write(); !errors.Is(err, sessionstore.ErrFull) {
				return err
			}
		}
	}
	return write() // another may have removed what had expired
}

// sweepBatch removes expired entries, and puts back in order those that were
// touched since, sweepBatch at most. It reports whether there may be more.
func (h *shard) sweepBatch() (removed int, more bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.db.now()
	for range sweepBatch {
		if len(h.order) == 0 || h.order[0].sweepAt > now {
			return removed, false
		}
		e := h.order[0].entry
		if now < e.deadline {
			h.order.move(0, slot{e.deadline, e})
			continue
		}
		h.remove(e)
		removed++
	}
	return removed, true
}
