package memory

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// All lists the sessions, one shard at a time: it holds the keys of about one
// in 256 sessions, and a lock for no longer than it takes to copy those.
func (s *Store) All(ctx context.Context) iter.Seq2[sessionstore.Session, error] {
	return func(yield func(sessionstore.Session, error) bool) {
		for i := range s.shards {
			h := &s.shards[i]
			keys, err := h.keys(s.prefix())
			if err != nil {
				yield(sessionstore.Session{}, contract.Error("memory: list", err))
				return
			}
			for _, key := range keys {
				if err := ctx.Err(); err != nil {
					yield(sessionstore.Session{}, contract.Error("memory: list", err))
					return
				}
				id := key[len(s.prefix()):]
				if !sessionstore.ValidID(id) {
					continue // of a namespace in this one
				}
				if session, ok := h.session(key, id); ok && !yield(session, nil) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			yield(sessionstore.Session{}, contract.Error("memory: list", err))
		}
	}
}

// Clear removes all records of the store, or of the namespace.
func (s *Store) Clear(ctx context.Context) error {
	for i := range s.shards {
		h := &s.shards[i]
		keys, err := h.keys(s.prefix())
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return contract.Error("memory: clear", err)
		}
		for len(keys) > 0 {
			n := min(len(keys), sweepBatch)
			h.deleteAll(keys[:n])
			keys = keys[n:]
		}
		h.shrink()
	}
	return nil
}

// DeleteExpired removes what has expired now, of all namespaces.
func (s *Store) DeleteExpired(ctx context.Context) (int, error) {
	if s.shards[0].closed() {
		return 0, contract.Error("memory: delete expired", sessionstore.ErrClosed)
	}
	n, err := s.purge(ctx)
	if err != nil {
		return n, contract.Error("memory: delete expired", err)
	}
	return n, nil
}

// keys returns the keys of the shard's entries that begin with prefix.
func (h *shard) keys(prefix string) ([]string, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.entries == nil {
		return nil, sessionstore.ErrClosed
	}
	keys := make([]string, 0, len(h.order))
	for _, s := range h.order {
		if key := s.entry.id(); strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// session returns a live session as All lists it.
func (h *shard) session(key, id string) (sessionstore.Session, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	now := h.db.now()
	e, err := h.live(key, now)
	if err != nil {
		return sessionstore.Session{}, false
	}
	return sessionstore.Session{
		ID:        strings.Clone(id), // which shares memory with the data otherwise
		Data:      []byte(e.data()),
		ExpiresAt: time.Now().Add(e.deadline - now),
	}, true
}

func (h *shard) deleteAll(keys []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, key := range keys {
		if e := h.entries[key]; e != nil {
			h.remove(e)
		}
	}
}
