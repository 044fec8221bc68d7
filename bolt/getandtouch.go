package bolt

import (
	"context"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var _ sessionstore.GetToucher = (*Store)(nil)

// GetAndTouch returns the data of a live session and lets it end ttl from now.
// It costs what a Touch costs, a commit: where sessions slide at every request,
// Get and an occasional Touch are cheaper.
func (s *Store) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	data, err := s.getAndTouch(ctx, id, ttl)
	if err != nil {
		return nil, contract.Error("bolt: get and touch", err)
	}
	return data, nil
}

func (s *Store) getAndTouch(ctx context.Context, id string, ttl time.Duration) (data []byte, err error) {
	if err := contract.Touch(ctx, id, ttl); err != nil {
		return nil, err
	}
	key := recordKey(s.namespace, id)
	err = s.core.submit(ctx, &op{kind: opWrite, apply: func(t table, now int64) (bool, error) {
		r, err := t.live(key, now)
		if err != nil {
			return false, err
		}
		value := newValue(r.data)
		data = value[headerBytes:] // the transaction reads it, and is over when the caller gets it
		return true, t.replace(key, value, r.sweep, deadline(now, ttl))
	}})
	return data, err
}
