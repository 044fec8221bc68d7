package peers

import (
	"context"
	"time"

	fiber "github.com/gofiber/storage/redis/v3"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
)

// fiberStore is gofiber's storage on go-redis. It has no prefix; keys get one
// here, so that its sessions are told apart from the others'.
type fiberStore struct {
	storage *fiber.Storage
	prefix  string
}

func openFiber(ctx context.Context, place target.Place) (Store, error) {
	client, err := dialRedis(ctx, place)
	if err != nil {
		return nil, err
	}
	return rewrite(fiberStore{fiber.NewFromConnection(client), place.Name + ":"}), nil
}

// Get returns ErrNotFound for nil, which is fiber's word for it.
func (s fiberStore) Get(ctx context.Context, id string) ([]byte, error) {
	data, err := s.storage.GetWithContext(ctx, s.prefix+id)
	if err == nil && data == nil {
		err = sessionstore.ErrNotFound
	}
	return data, err
}

func (s fiberStore) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return unknown(s.storage.SetWithContext(ctx, s.prefix+id, data, ttl))
}

func (s fiberStore) Delete(ctx context.Context, id string) error {
	return unknown(s.storage.DeleteWithContext(ctx, s.prefix+id))
}

func (s fiberStore) Close() error { return s.storage.Close() }
