package bolt

import (
	"context"
	"errors"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var _ sessionstore.Creator = (*Store)(nil)

// Create is Set where no session is live under id, else ErrExists. Over a record
// that cannot be read it is ErrCorrupt: a session may be behind it.
func (s *Store) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := s.put(ctx, id, data, ttl, absent); err != nil {
		return contract.Error("bolt: create", err)
	}
	return nil
}

// absent wants no session to be live under key.
func absent(t table, key []byte, now int64) error {
	_, err := t.live(key, now)
	switch {
	case err == nil:
		return sessionstore.ErrExists
	case errors.Is(err, sessionstore.ErrNotFound):
		return nil
	}
	return err
}
