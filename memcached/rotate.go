package memcached

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// RotateSwap looks at the old session, creates the new one, and ends the old
// one if its data is still old; otherwise it takes the new one back and returns
// ErrConflict or ErrNotFound. That is four round trips, and both sessions are
// visible from the second to the fourth. The ids may live on two servers.
//
// Where ctx ends after the new session was sent, the error matches
// ErrUnknownOutcome, and the rotation is brought to its end, one or the other,
// without the caller, within [Options.Timeout]. Both sessions stay only if the
// process dies or a server is out of reach just then. None stays where the
// reply that says who ended the old one was lost, be it this rotation, another,
// or a Delete: the user signs in again.
func (s *Store) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	err := contract.Lookup(ctx, oldID)
	if err == nil {
		err = contract.Write(ctx, newID, new, ttl)
	}
	if err == nil {
		err = s.rotate(ctx, s.key(oldID), bytes.Clone(old), s.item(newID, bytes.Clone(new), ttl))
	}
	if err != nil {
		return contract.Error("memcached: rotate", err)
	}
	return nil
}

// rotate owns the bytes that it is given: it may outlive the call.
func (s *Store) rotate(ctx context.Context, from string, old []byte, to *memcache.Item) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	if err := s.expect(ctx, from, old); err != nil {
		return err
	}
	if from == to.Key {
		return sessionstore.ErrExists
	}
	n := s.node(to.Key)
	sl, err := n.take(ctx)
	if err != nil {
		return err
	}
	if err := s.mayBegin(ctx); err != nil {
		n.put(sl)
		return err
	}
	return s.finish(ctx, func(ctx context.Context) error {
		err := n.ask(ctx, sl, write, func(c *memcache.Client) error { return add(c, to) })
		n.put(sl) // the next step may need the only one
		switch {
		case err == nil:
			return s.endOld(ctx, from, old, to)
		case errors.Is(err, sessionstore.ErrUnknownOutcome):
			s.takeBack(ctx, to)
		}
		return err
	})
}

// expect returns nil where data lives under key, else ErrNotFound or
// ErrConflict.
func (s *Store) expect(ctx context.Context, key string, data []byte) error {
	n := s.node(key)
	sl, err := n.take(ctx)
	if err != nil {
		return err
	}
	defer n.put(sl)
	found, err := n.look(ctx, sl, key)
	if err != nil {
		return err
	}
	return isData(data)(found)
}

// mayBegin returns why a rotation may not send its first write, or nil: it is
// then announced to Close.
func (s *Store) mayBegin(ctx context.Context) error {
	if err := contract.CtxError(ctx); err != nil {
		return err
	}
	if !s.life.begin() {
		return sessionstore.ErrClosed
	}
	return nil
}

// endOld is what follows when the new session is there.
func (s *Store) endOld(ctx context.Context, from string, old []byte, to *memcache.Item) error {
	fate, err := s.remove(ctx, from, old)
	if fate == removed {
		return err
	}
	// Also where a reply was lost, and it may have been this rotation that
	// ended the old session: if it was a logout, the new one must not live.
	problem := s.takeBack(ctx, to)
	switch {
	case problem == nil:
		return err
	case errors.Is(problem, sessionstore.ErrUnknownOutcome):
		return problem
	default:
		return contract.Unknown(problem) // the new session is left behind
	}
}

// takeBack ends the new session, unless another has changed it: then it is no
// longer ours. It returns nil where the new session is not left behind.
func (s *Store) takeBack(ctx context.Context, to *memcache.Item) error {
	fate, err := s.remove(ctx, to.Key, to.Value)
	switch {
	case fate != unsure:
		return nil
	case errors.Is(err, sessionstore.ErrFull):
		// The server has no room for the swap. Its data was ours a moment ago.
		return s.node(to.Key).do(ctx, write, del(to.Key))
	default:
		return err
	}
}
