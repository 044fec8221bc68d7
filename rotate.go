package sessionstore

import (
	"context"
	"time"
)

// A Rotator moves a session to a new id, as sign-in and refresh must.
type Rotator interface {
	Store

	// RotateSwap moves the session under oldID to newID, with data new and
	// for ttl from now, if its live data equals old (Rotate/Moves).
	// Otherwise nothing changes: [ErrNotFound] where oldID has no session,
	// [ErrConflict] where its data differs, [ErrExists] where newID has one;
	// which of them, where several apply, is not promised.
	//
	// Of many rotations of one session, one succeeds and leaves one session;
	// an update or a Delete that falls into a rotation is not lost
	// (Rotate/One, Rotate/KeepsUpdates). Where the backend has no transaction
	// over two ids (a redis cluster, memcached), both may be visible for a
	// moment, and if the process dies in that moment both stay until their
	// ttl ends.
	RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error
}

// RotateSwap moves a session to newID with data new, if its data equals old.
// See [Rotator].
func RotateSwap(ctx context.Context, s Store, oldID, newID string, old, new []byte, ttl time.Duration) error {
	if r, ok := s.(Rotator); ok {
		return r.RotateSwap(ctx, oldID, newID, old, new, ttl)
	}
	return unsupported("rotate", s)
}

// Rotate moves a session to newID with the data that it has, and lets it end
// ttl from now. Where it changes meanwhile, Rotate reads again, until ctx ends.
func Rotate(ctx context.Context, s Store, oldID, newID string, ttl time.Duration) error {
	if _, ok := s.(Rotator); !ok {
		return unsupported("rotate", s)
	}
	return retry(ctx, func() error {
		data, err := s.Get(ctx, oldID)
		if err != nil {
			return err
		}
		return RotateSwap(ctx, s, oldID, newID, data, data, ttl)
	})
}
