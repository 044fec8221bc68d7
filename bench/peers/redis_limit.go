package peers

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
)

// bareRedis is go-redis with the commands that ours sends, and with nothing of
// what ours does to know whether a write was sent.
type bareRedis struct {
	client *goredis.Client
	prefix string
}

func openGoRedis(ctx context.Context, place target.Place) (Store, error) {
	client, err := dialRedis(ctx, place)
	if err != nil {
		return nil, err
	}
	return bareRedis{client, place.Name + ":"}, nil
}

func (s bareRedis) Get(ctx context.Context, id string) ([]byte, error) {
	data, err := s.client.Get(ctx, s.prefix+id).Bytes()
	return data, ifNil(err)
}

func (s bareRedis) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return unknown(s.client.Set(ctx, s.prefix+id, data, ttl).Err())
}

func (s bareRedis) Touch(ctx context.Context, id string, ttl time.Duration) error {
	live, err := s.client.PExpire(ctx, s.prefix+id, ttl).Result()
	if err == nil && !live {
		return sessionstore.ErrNotFound
	}
	return unknown(err)
}

func (s bareRedis) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	data, err := s.client.GetEx(ctx, s.prefix+id, ttl).Bytes()
	if errors.Is(err, goredis.Nil) {
		return nil, sessionstore.ErrNotFound
	}
	return data, unknown(err)
}

func (s bareRedis) Delete(ctx context.Context, id string) error {
	return unknown(s.client.Del(ctx, s.prefix+id).Err())
}

func (s bareRedis) Close() error { return s.client.Close() }
