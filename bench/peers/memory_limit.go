package peers

import (
	"bytes"
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// maps is as little as a store in memory can do that many goroutines use: it
// finds the map of an id, locks it, and copies.
type maps struct {
	seed   maphash.Seed
	shards [256]struct {
		sync.RWMutex
		items map[string]item
	}
}

type item struct {
	data     []byte
	deadline time.Time
}

func newMaps() *maps {
	m := &maps{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].items = map[string]item{}
	}
	return m
}

// of returns the number of the shard of an id.
func (m *maps) of(id string) uint8 { return uint8(maphash.String(m.seed, id)) }

func (m *maps) Get(_ context.Context, id string) ([]byte, error) {
	shard := &m.shards[m.of(id)]
	shard.RLock()
	found, ok := shard.items[id]
	shard.RUnlock()
	if !ok {
		return nil, sessionstore.ErrNotFound
	}
	return bytes.Clone(found.data), nil
}

func (m *maps) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	added := item{bytes.Clone(data), time.Now().Add(ttl)}
	shard := &m.shards[m.of(id)]
	shard.Lock()
	shard.items[id] = added
	shard.Unlock()
	return nil
}

func (m *maps) Touch(_ context.Context, id string, ttl time.Duration) error {
	_, err := m.extend(id, ttl)
	return err
}

func (m *maps) GetAndTouch(_ context.Context, id string, ttl time.Duration) ([]byte, error) {
	found, err := m.extend(id, ttl)
	return bytes.Clone(found.data), err
}

func (m *maps) extend(id string, ttl time.Duration) (item, error) {
	deadline := time.Now().Add(ttl)
	shard := &m.shards[m.of(id)]
	shard.Lock()
	defer shard.Unlock()
	found, ok := shard.items[id]
	if !ok {
		return item{}, sessionstore.ErrNotFound
	}
	found.deadline = deadline
	shard.items[id] = found
	return found, nil
}

func (m *maps) Delete(_ context.Context, id string) error {
	shard := &m.shards[m.of(id)]
	shard.Lock()
	delete(shard.items, id)
	shard.Unlock()
	return nil
}

func (m *maps) Close() error { return nil }
