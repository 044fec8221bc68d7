package memory

import "sync/atomic"

// entryBytes is what an entry is counted for beside its id and data: the
// entry, its places in map and order, and the allocator's rounding.
const entryBytes = 200

// room counts the bytes of all shards against one bound.
type room struct {
	max int64 // no bound where zero

	_    [64]byte     // every write counts: what every read needs is not beside it
	used atomic.Int64 // 0 <= used, and <= max where there is a bound
	_    [64]byte
}

// take counts bytes, or nothing and returns false where there is not so much
// room. It never counts too much for a moment: a write that fits would be
// refused because of another that does not.
func (r *room) take(bytes int64) bool {
	if r.max == 0 || bytes <= 0 {
		r.give(-bytes)
		return true
	}
	for {
		used := r.used.Load()
		if bytes > r.max-used {
			return false
		}
		if r.used.CompareAndSwap(used, used+bytes) {
			return true
		}
	}
}

func (r *room) give(bytes int64) {
	if bytes != 0 {
		r.used.Add(-bytes)
	}
}
