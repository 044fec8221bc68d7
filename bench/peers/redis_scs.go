package peers

import (
	"context"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
)

// goredisStore is scs's store on go-redis.
type goredisStore struct {
	store  *goredisstore.RedisStore
	client *goredis.Client
}

func openGoredisstore(ctx context.Context, place target.Place) (Store, error) {
	client, err := dialRedis(ctx, place)
	if err != nil {
		return nil, err
	}
	return rewrite(goredisStore{goredisstore.NewWithPrefix(client, place.Name+":"), client}), nil
}

func (s goredisStore) Get(ctx context.Context, id string) ([]byte, error) {
	data, found, err := s.store.FindCtx(ctx, id)
	if err == nil && !found {
		err = sessionstore.ErrNotFound
	}
	return data, err
}

func (s goredisStore) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return unknown(s.store.CommitCtx(ctx, id, data, time.Now().Add(ttl)))
}

func (s goredisStore) Delete(ctx context.Context, id string) error {
	return unknown(s.store.DeleteCtx(ctx, id))
}

func (s goredisStore) Close() error { return s.client.Close() }
