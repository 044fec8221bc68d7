package bolt

import (
	"context"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var _ sessionstore.Replacer = (*Store)(nil)

// Replace is Set where a session is live under id, else ErrNotFound.
func (s *Store) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := s.put(ctx, id, data, ttl, present); err != nil {
		return contract.Error("bolt: replace", err)
	}
	return nil
}

// present wants a session to be live under key.
func present(t table, key []byte, now int64) error {
	_, err := t.live(key, now)
	return err
}
