package memory

// shrinkFrom is the number of entries below which a shard's map is not worth
// making anew.
const shrinkFrom = 256

// shrink gives back the memory of a map that has become far too large: a Go
// map keeps the room of its best day. Entries are copied to a smaller map a
// batch at a time, so that no request waits for all of them; writes keep both
// maps up to date meanwhile.
func (h *shard) shrink() {
	old := h.startShrink()
	if old == nil {
		return
	}
	for len(old) > 0 {
		n := min(len(old), sweepBatch)
		h.copyBatch(old[:n])
		old = old[n:]
	}
	h.endShrink()
}

// startShrink returns what is to be copied, or nil where the map is small
// enough or another goroutine is at it.
func (h *shard) startShrink() expiryOrder {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.entries)
	if h.entries == nil || h.smaller != nil || h.peak < shrinkFrom || n > h.peak/4 {
		return nil
	}
	h.smaller = make(map[string]*entry, n)
	return append(make(expiryOrder, 0, n), h.order...)
}

// copyBatch copies those that have not been removed since.
func (h *shard) copyBatch(batch expiryOrder) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range batch {
		if e := s.entry; h.entries[e.id()] == e {
			h.smaller[e.id()] = e
		}
	}
}

func (h *shard) endShrink() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries, h.smaller = h.smaller, nil // both nil where the store was closed meanwhile
	h.order = append(make(expiryOrder, 0, len(h.order)), h.order...)
	h.peak = len(h.entries)
}
