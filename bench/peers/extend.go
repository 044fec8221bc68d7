package peers

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// plain is what every peer has.
type plain interface {
	Get(ctx context.Context, id string) ([]byte, error)
	Set(ctx context.Context, id string, data []byte, ttl time.Duration) error
	Delete(ctx context.Context, id string) error
	Close() error
}

// sliding is a store that can extend a session.
type sliding interface {
	Store
	sessionstore.GetToucher
}

// rewriting is a store without a way to extend a session. Its manager writes
// again what it has read: scs on every request where IdleTimeout is set, fiber
// where the session is saved. What others do to the session in between is
// undone, a logout too. Here the writes of one store take turns, and only those
// of other stores can be undone.
type rewriting struct {
	plain
	seed  maphash.Seed
	turns [1024]sync.Mutex // by id
}

func rewrite(s plain) *rewriting { return &rewriting{plain: s, seed: maphash.MakeSeed()} }

// turn locks the session, and returns what unlocks it.
func (s *rewriting) turn(id string) *sync.Mutex {
	m := &s.turns[maphash.String(s.seed, id)%uint64(len(s.turns))]
	m.Lock()
	return m
}

// Set implements [sessionstore.Store].
func (s *rewriting) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	defer s.turn(id).Unlock()
	return s.plain.Set(ctx, id, data, ttl)
}

// Delete implements [sessionstore.Store].
func (s *rewriting) Delete(ctx context.Context, id string) error {
	defer s.turn(id).Unlock()
	return s.plain.Delete(ctx, id)
}

// Touch reads the session and writes it again.
func (s *rewriting) Touch(ctx context.Context, id string, ttl time.Duration) error {
	_, err := s.GetAndTouch(ctx, id, ttl)
	return err
}

// GetAndTouch reads the session and writes it again.
func (s *rewriting) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	defer s.turn(id).Unlock()
	data, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return data, s.plain.Set(ctx, id, data, ttl)
}
