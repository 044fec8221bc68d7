package bolt

import (
	"bytes"
	"context"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var _ sessionstore.Swapper = (*Store)(nil)

// CompareAndSwap is Set of new where a session is live under id and its data
// equals old, else ErrConflict or ErrNotFound.
func (s *Store) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	if err := s.put(ctx, id, new, ttl, equal(old)); err != nil {
		return contract.Error("bolt: compare and swap", err)
	}
	return nil
}

// equal wants the session that is live under key to have the data old. It does
// not copy old: no condition is asked once its caller has returned.
func equal(old []byte) condition {
	return func(t table, key []byte, now int64) error {
		r, err := t.live(key, now)
		if err == nil && !bytes.Equal(r.data, old) {
			return sessionstore.ErrConflict
		}
		return err
	}
}
