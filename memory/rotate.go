package memory

import (
	"context"
	"errors"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// RotateSwap moves a session under the locks of both ids.
func (s *Store) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	err := contract.Rotate(ctx, oldID, newID, new, ttl)
	if err == nil {
		m := move{from: s.key(oldID), to: s.key(newID), old: old, ttl: ttl}
		m.record = newRecord(m.to, new)
		err = s.orMakeRoom(ctx, func() error { return s.move(m) })
	}
	if err != nil {
		return contract.Error("memory: rotate", err)
	}
	return nil
}

// move is a rotation by keys.
type move struct {
	from, to string
	old      []byte
	record   string
	ttl      time.Duration
}

func (s *database) move(m move) error {
	from, to := s.shard(m.from), s.shard(m.to)
	defer s.lockBoth(from, to)()
	now := s.now()
	e, err := from.live(m.from, now)
	if err != nil {
		return err
	}
	if err := equal(m.old)(e); err != nil {
		return err
	}
	if _, err := to.live(m.to, now); !errors.Is(err, sessionstore.ErrNotFound) {
		return sessionstore.ErrExists // Close cannot come between: it needs these locks
	}
	// The room that the old record will give back counts already, so that a
	// rotation works in a full store.
	if err := to.replace(m.to, m.record, now+m.ttl, recordBytes(e.record)); err != nil {
		return err
	}
	s.room.give(-recordBytes(e.record)) // remove gives it back
	from.remove(e)
	return nil
}

// lockBoth locks two shards, which may be one, in the order that every caller
// keeps, and returns what unlocks them.
func (s *database) lockBoth(a, b *shard) (unlock func()) {
	if a == b {
		a.mu.Lock()
		return a.mu.Unlock
	}
	for i := range s.shards {
		if h := &s.shards[i]; h == a || h == b {
			h.mu.Lock()
		}
	}
	return func() { a.mu.Unlock(); b.mu.Unlock() }
}
