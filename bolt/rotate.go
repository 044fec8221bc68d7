package bolt

import (
	"context"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var _ sessionstore.Rotator = (*Store)(nil)

// RotateSwap moves the session under oldID to newID in one transaction, with
// data new, if its data equals old. Nobody ever sees both, or neither.
func (s *Store) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	err := contract.Rotate(ctx, oldID, newID, new, ttl)
	if err == nil {
		err = s.rotate(ctx, recordKey(s.namespace, oldID), recordKey(s.namespace, newID), old, newValue(new), ttl)
	}
	if err != nil {
		return contract.Error("bolt: rotate", err)
	}
	return nil
}

// rotate decides about both keys before it changes either. Where they are one,
// the session that is there is in its own way.
func (s *Store) rotate(ctx context.Context, from, to, old, value []byte, ttl time.Duration) error {
	return s.core.submit(ctx, &op{kind: opWrite, bytes: len(value), apply: func(t table, now int64) (bool, error) {
		if err := equal(old)(t, from, now); err != nil {
			return false, err
		}
		if err := absent(t, to, now); err != nil {
			return false, err
		}
		if _, err := t.remove(from); err != nil {
			return false, err
		}
		return true, t.set(to, value, deadline(now, ttl))
	}})
}
