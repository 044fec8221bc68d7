package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// Create implements [sessionstore.Creator] with SET NX PX. A key that holds no
// string exists, too.
func (s *Store) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	err := s.admit(contract.Write(ctx, id, data, ttl))
	if err == nil {
		err = s.create(ctx, s.keys.of(id), data, milliseconds(ttl))
	}
	if err != nil {
		return contract.Error("redis: create", err)
	}
	return nil
}

// Replace implements [sessionstore.Replacer] with SET XX PX.
func (s *Store) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	err := s.admit(contract.Write(ctx, id, data, ttl))
	if err == nil {
		_, err = s.write(ctx, milliseconds(ttl), "set", s.keys.of(id), data, "xx", "px")
	}
	if err != nil {
		return contract.Error("redis: replace", ifNil(err, sessionstore.ErrNotFound))
	}
	return nil
}

func (s *Store) create(ctx context.Context, key string, data []byte, px string) error {
	_, err := s.write(ctx, px, "set", key, data, "nx", "px")
	return ifNil(err, sessionstore.ErrExists)
}

// ifNil returns what a nil reply means, and any other error as it is.
func ifNil(err, meaning error) error {
	if errors.Is(err, goredis.Nil) {
		return meaning
	}
	return err
}
