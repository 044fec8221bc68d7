package memory

import (
	"container/heap"
	"context"
	"time"
)

const (
	// sweepBatch is how many entries are looked at under one lock, so that a
	// request waits microseconds for the sweep however much expires at once.
	sweepBatch = 64

	// shrinkFrom is the number of entries below which a shard's map is not
	// worth making anew.
	shrinkFrom = 256
)

// sweep removes what has expired, a batch of one shard at a time. It fails
// only when ctx ends.
func (s *Store) sweep(ctx context.Context) error {
	for i := range s.shards {
		h := &s.shards[i]
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return err
			}
			var freed int64
			freed, more = h.sweepBatch(s.now())
			s.used.Add(-freed)
		}
		h.shrink()
	}
	return nil
}

// sweepBatch removes expired entries, and puts back in order those that were
// touched since, sweepBatch at most. It reports whether there may be more.
func (h *shard) sweepBatch(now time.Duration) (freed int64, more bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for range sweepBatch {
		if len(h.order) == 0 || h.order[0].sweepAt > now {
			return freed, false
		}
		if e := h.order[0]; e.deadline > now {
			e.sweepAt = e.deadline
			heap.Fix(&h.order, 0)
		} else {
			freed += h.remove(e)
		}
	}
	return freed, true
}

// shrink gives back the memory of a map that has become far too large: a Go
// map keeps the room of its best day.
func (h *shard) shrink() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.entries == nil || h.peak < shrinkFrom || len(h.entries) > h.peak/4 {
		return
	}
	entries := make(map[string]*entry, len(h.entries))
	for id, e := range h.entries {
		entries[id] = e
	}
	h.entries, h.order, h.peak = entries, append(expiryOrder(nil), h.order...), len(entries)
}
