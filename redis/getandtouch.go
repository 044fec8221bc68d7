package redis

import (
	"context"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// GetAndTouch implements [sessionstore.GetToucher] with GETEX PX, which Redis
// has since version 6.2. An older server refuses it; use Touch and Get there.
func (s *Store) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	const op = "redis: get and touch"
	if err := s.admit(contract.Touch(ctx, id, ttl)); err != nil {
		return nil, contract.Error(op, err)
	}
	cmd, err := s.write(ctx, milliseconds(ttl), "getex", s.keys.of(id), "px")
	if err != nil {
		return nil, contract.Error(op, ifNil(err, sessionstore.ErrNotFound))
	}
	data, err := cmd.Text()
	if err != nil {
		return nil, contract.Error(op, contract.Unknown(s.cause(ctx, err)))
	}
	return []byte(data), nil
}
