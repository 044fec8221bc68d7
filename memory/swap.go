package memory

import (
	"context"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// Create stores a session where none is live.
func (s *Store) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	err := contract.Write(ctx, id, data, ttl)
	if err == nil {
		err = s.put(ctx, id, data, ttl, absent)
	}
	if err != nil {
		return contract.Error("memory: create", err)
	}
	return nil
}

// Replace stores a session where one is live.
func (s *Store) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	err := contract.Write(ctx, id, data, ttl)
	if err == nil {
		err = s.put(ctx, id, data, ttl, present)
	}
	if err != nil {
		return contract.Error("memory: replace", err)
	}
	return nil
}

// CompareAndSwap stores new where the live data equals old.
func (s *Store) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	err := contract.Write(ctx, id, new, ttl)
	if err == nil {
		err = s.put(ctx, id, new, ttl, equal(old))
	}
	if err != nil {
		return contract.Error("memory: compare and swap", err)
	}
	return nil
}

// GetAndTouch returns a copy of a live session's data and moves its deadline.
func (s *Store) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	if err := contract.Touch(ctx, id, ttl); err != nil {
		return nil, contract.Error("memory: get and touch", err)
	}
	data, err := s.shard(s.key(id)).getAndTouch(s.key(id), ttl)
	if err != nil {
		return nil, contract.Error("memory: get and touch", err)
	}
	return []byte(data), nil
}

func absent(live *entry) error {
	if live != nil {
		return sessionstore.ErrExists
	}
	return nil
}

func present(live *entry) error {
	if live == nil {
		return sessionstore.ErrNotFound
	}
	return nil
}

func equal(old []byte) func(live *entry) error {
	return func(live *entry) error {
		switch {
		case live == nil:
			return sessionstore.ErrNotFound
		case live.data() != string(old):
			return sessionstore.ErrConflict
		}
		return nil
	}
}
