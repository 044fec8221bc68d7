package peers

import (
	"bytes"
	"context"
	"time"

	"github.com/alexedwards/scs/v2/memstore"

	"github.com/coatcheck/sessionstore"
)

// memstoreStore is scs's store in memory.
type memstoreStore struct{ *memstore.MemStore }

// newMemstore leaves out the clean-up: its goroutine makes the channel by which
// it is stopped, so that whoever stops it races with its start.
func newMemstore() (sliding, error) {
	return rewrite(memstoreStore{memstore.NewWithCleanupInterval(0)}), nil
}

func (s memstoreStore) Get(_ context.Context, id string) ([]byte, error) {
	data, found, err := s.Find(id)
	if err == nil && !found {
		err = sessionstore.ErrNotFound
	}
	return data, err
}

// Set makes the slice that the store keeps.
func (s memstoreStore) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	return s.Commit(id, bytes.Clone(data), time.Now().Add(ttl))
}

func (s memstoreStore) Delete(_ context.Context, id string) error { return s.MemStore.Delete(id) }

func (s memstoreStore) Close() error { return nil }
