package memory

import (
	"errors"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// shardCount spreads the locks. At a million sessions a shard holds four
// thousand, so that the work done under one lock stays small.
const shardCount = 256

// shard is a part of the sessions under one lock.
type shard struct {
	db *database // its clock and its room

	mu      sync.RWMutex
	entries map[string]*entry // guarded by mu; by id; nil once the store is closed
	smaller map[string]*entry // guarded by mu; becomes entries when it has all of them; nil but in a shrink
	order   expiryOrder       // guarded by mu; the same entries
	peak    int               // guarded by mu; most entries since the map was made

	_ [48]byte // keeps the locks of neighbours apart in the processor's cache
}

func (h *shard) get(id string) (data string, err error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	e, err := h.live(id, h.db.now())
	if err != nil {
		return "", err
	}
	return e.data(), nil
}

func (h *shard) touch(id string, ttl time.Duration) error {
	_, err := h.getAndTouch(id, ttl)
	return err
}

func (h *shard) getAndTouch(id string, ttl time.Duration) (data string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.db.now()
	e, err := h.live(id, now)
	if err != nil {
		return "", err
	}
	h.extend(e, now+ttl)
	return e.data(), nil
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

// extend moves the deadline of e. The order is put right only where the entry
// would otherwise be swept too late: a later deadline is met by the sweep.
func (h *shard) extend(e *entry, deadline time.Duration) {
	e.deadline = deadline
	if i := int(e.place); deadline < h.order[i].sweepAt {
		h.order.move(i, slot{deadline, e})
	}
}

// put keeps record if allowed returns nil for the live entry, or for nil where
// there is none, and if there is room.
func (h *shard) put(id, record string, ttl time.Duration, allowed func(*entry) error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.db.now()
	live, err := h.live(id, now)
	if errors.Is(err, sessionstore.ErrClosed) {
		return err
	}
	if err := allowed(live); err != nil {
		return err
	}
	return h.replace(id, record, now+ttl, 0)
}

// replace puts record in place of what is under id, live or expired, if there
// is room for it beside freed bytes. The caller holds the lock.
func (h *shard) replace(id, record string, deadline time.Duration, freed int64) error {
	e := h.entries[id]
	more := recordBytes(record) - freed
	if e != nil {
		more -= recordBytes(e.record)
	}
	if !h.db.room.take(more) {
		return sessionstore.ErrFull
	}
	if e == nil {
		h.add(&entry{record: record, idBytes: int32(len(id)), deadline: deadline})
		return nil
	}
	e.record = record
	h.index(e) // a map takes a string's new key too, and so lets go of the old record
	h.extend(e, deadline)
	return nil
}

func (h *shard) add(e *entry) {
	h.index(e)
	h.order.push(slot{e.deadline, e})
	h.peak = max(h.peak, len(h.entries))
}

func (h *shard) delete(id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.entries == nil {
		return sessionstore.ErrClosed
	}
	if e := h.entries[id]; e != nil {
		h.remove(e)
	}
	return nil
}

func (h *shard) remove(e *entry) {
	h.unindex(e.id())
	h.order.remove(int(e.place))
	h.db.room.give(recordBytes(e.record))
}

func (h *shard) index(e *entry) {
	h.entries[e.id()] = e
	if h.smaller != nil {
		h.smaller[e.id()] = e
	}
}

func (h *shard) unindex(id string) {
	delete(h.entries, id)
	delete(h.smaller, id)
}

func (h *shard) closed() bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.entries == nil
}

func (h *shard) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.order {
		h.db.room.give(recordBytes(s.entry.record))
	}
	h.entries, h.smaller, h.order = nil, nil, nil
}
