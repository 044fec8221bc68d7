package memory

import (
	"container/heap"
	"strings"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// shardCount spreads the locks. At a million sessions a shard holds four
// thousand, so that the work done under one lock stays small.
const shardCount = 256

// entryBytes is what an entry takes beside its id and data: the entry, its
// places in map and heap, and the allocator's rounding.
const entryBytes = 200

// entry is one session. Its data is replaced and never changed, so that a
// reader may copy it after it has given back the lock.
type entry struct {
	id       string
	data     []byte
	deadline time.Duration // the session is live while now is before it
	sweepAt  time.Duration // key of the heap, never after the deadline
	index    int           // place in the heap
}

func entrySize(id string, data []byte) int64 {
	return int64(len(id) + len(data) + entryBytes)
}

// shard is a part of the sessions under one lock.
type shard struct {
	mu      sync.RWMutex
	entries map[string]*entry // guarded by mu; nil once the store is closed
	order   expiryOrder       // guarded by mu; the same entries
	peak    int               // guarded by mu; most entries since the map was made

	_ [64]byte // keeps the locks of neighbours apart in the processor's cache
}

func (h *shard) get(id string, now func() time.Duration) ([]byte, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	e, err := h.live(id, now())
	if err != nil {
		return nil, err
	}
	return e.data, nil
}

func (h *shard) touch(id string, ttl time.Duration, now func() time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := now()
	e, err := h.live(id, at)
	if err != nil {
		return err
	}
	h.extend(e, at+ttl)
	return nil
}

// live returns the entry of a session that has not expired. The caller holds
// the lock.
func (h *shard) live(id string, now time.Duration) (*entry, error) {
	if h.entries == nil {
		return nil, sessionstore.ErrClosed
	}
	e := h.entries[id]
	if e == nil || now >= e.deadline {
		return nil, sessionstore.ErrNotFound
	}
	return e, nil
}

// extend moves the deadline of e. The heap is put right only where the entry
// would otherwise be swept too late: a later deadline is met by the sweep.
func (h *shard) extend(e *entry, deadline time.Duration) {
	e.deadline = deadline
	if deadline < e.sweepAt {
		e.sweepAt = deadline
		heap.Fix(&h.order, e.index)
	}
}

// set keeps data, which must not change afterwards, or returns ErrFull.
func (h *shard) set(id string, data []byte, ttl time.Duration, s *Store) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.entries == nil {
		return sessionstore.ErrClosed
	}
	e := h.entries[id]
	var freed int64
	if e != nil {
		freed = entrySize(id, e.data)
	}
	if !s.reserve(entrySize(id, data) - freed) {
		return sessionstore.ErrFull
	}
	deadline := s.now() + ttl
	if e != nil {
		e.data = data
		h.extend(e, deadline)
		return nil
	}
	h.add(&entry{id: strings.Clone(id), data: data, deadline: deadline, sweepAt: deadline})
	return nil
}

func (h *shard) add(e *entry) {
	h.entries[e.id] = e // the clone: the caller's string may live in a buffer that is used again
	heap.Push(&h.order, e)
	h.peak = max(h.peak, len(h.entries))
}

// delete returns how many bytes it freed.
func (h *shard) delete(id string) (freed int64, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.entries == nil {
		return 0, sessionstore.ErrClosed
	}
	if e := h.entries[id]; e != nil {
		freed = h.remove(e)
	}
	return freed, nil
}

func (h *shard) remove(e *entry) (freed int64) {
	delete(h.entries, e.id)
	heap.Remove(&h.order, e.index)
	return entrySize(e.id, e.data)
}

func (h *shard) closed() bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.entries == nil
}

func (h *shard) close() (freed int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.entries {
		freed += entrySize(e.id, e.data)
	}
	h.entries, h.order = nil, nil
	return freed
}

// expiryOrder is a heap of entries, the one to be swept next first.
type expiryOrder []*entry

func (o expiryOrder) Len() int           { return len(o) }
func (o expiryOrder) Less(i, j int) bool { return o[i].sweepAt < o[j].sweepAt }

func (o expiryOrder) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].index, o[j].index = i, j
}

func (o *expiryOrder) Push(x any) {
	e := x.(*entry)
	e.index = len(*o)
	*o = append(*o, e)
}

func (o *expiryOrder) Pop() any {
	last := len(*o) - 1
	e := (*o)[last]
	(*o)[last] = nil // lets the collector have it
	*o = (*o)[:last]
	return e
}
