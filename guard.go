package sessionstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
)

// DefaultGuardWindow is for how long a [Guard] refuses to save a session that
// was deleted, unless it is told otherwise: longer than requests take.
const DefaultGuardWindow = 15 * time.Minute

// Guard returns a Store on which a Set cannot undo a logout. It is for session
// managers that know only one way to save: a request that began before a
// logout, and saves its session after it, would bring the session back. On a
// Guard such a Set is refused, without an error, since the manager has done
// nothing wrong; [Observe] reports it. A program that saves with Replace,
// [Update] or CompareAndSwap needs no Guard.
//
// For window from each Delete, only Create and a rotation to that id store a
// session under it. The window is to be longer than any request takes; zero or
// less means [DefaultGuardWindow], and more than [MaxTTL] means MaxTTL. The
// Guard of another process, or of the next one, refuses as well: what it needs
// to know is in the backend. Delete by a handle or by what All has listed counts
// too, and so does a rotation, for its old id. Clear does not: it removes what
// the Guard has noted.
//
// # What it costs
//
// Set is one operation of s where the session lives, and three where it does
// not; Delete is two, a rotation three. Delete first leaves a small record for
// the window, also where no session was: if that fails, so does the Delete, and
// the session stays. In a store that is full nobody can sign out through a
// Guard.
//
// These records lie beside the sessions under ids that begin with ~guard., which
// a Guard refuses with [ErrInvalidID] and leaves out of All. Whoever uses s
// itself sees them.
//
// # Limits
//
// Set needs [Creator], [Replacer] and [Rotator]. Where a rotation is two steps
// (a redis cluster, memcached) a Set that a Delete overtakes may be visible for
// a moment, and longer if the process dies in that moment. A memcached that
// evicts the record forgets the logout. A Set on s itself is not guarded.
func Guard(s Store, window time.Duration) Store {
	if window <= 0 {
		window = DefaultGuardWindow
	}
	return &guard{inner: s, window: min(window, MaxTTL)}
}

type guard struct {
	inner  Store
	window time.Duration
}

var _ decorator = (*guard)(nil)

func (d *guard) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	own, err := d.admit(ctx, "set", id)
	if err != nil {
		return err
	}
	if own {
		return d.inner.Set(ctx, id, data, ttl)
	}
	return retry(ctx, func() error {
		err := Replace(ctx, d.inner, id, data, ttl)
		if errors.Is(err, ErrNotFound) {
			err = d.create(ctx, id, data, ttl)
		}
		return err
	})
}

func (d *guard) Delete(ctx context.Context, id string) error {
	own, err := d.admitDelete(ctx, id)
	if err != nil {
		return err
	}
	if !own {
		if err := d.bury(ctx, id); err != nil {
			return fmt.Errorf("guard: delete: %w", err)
		}
	}
	return d.inner.Delete(ctx, id)
}

// RotateSwap leaves a tombstone for the old id, so that no Set brings that back.
// It looks first, so that a rotation which cannot succeed leaves none. One that
// fails after all does; that means nothing while the session lives.
func (d *guard) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	own, err := d.admit(ctx, "rotate", oldID)
	if err == nil && !own {
		own, err = d.admit(ctx, "rotate", newID)
	}
	if err != nil {
		return err
	}
	if !own && oldID != newID && ttl > 0 && ttl <= MaxTTL && len(new) <= MaxDataBytes {
		if err := d.buryEqual(ctx, oldID, old); err != nil {
			return fmt.Errorf("guard: rotate: %w", err)
		}
	}
	return RotateSwap(ctx, d.inner, oldID, newID, old, new, ttl)
}

func (d *guard) Get(ctx context.Context, id string) ([]byte, error) {
	if _, err := d.admit(ctx, "get", id); err != nil {
		return nil, err
	}
	return d.inner.Get(ctx, id)
}

func (d *guard) Touch(ctx context.Context, id string, ttl time.Duration) error {
	if _, err := d.admit(ctx, "touch", id); err != nil {
		return err
	}
	return d.inner.Touch(ctx, id, ttl)
}

func (d *guard) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if _, err := d.admit(ctx, "create", id); err != nil {
		return err
	}
	return Create(ctx, d.inner, id, data, ttl)
}

func (d *guard) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if _, err := d.admit(ctx, "replace", id); err != nil {
		return err
	}
	return Replace(ctx, d.inner, id, data, ttl)
}

func (d *guard) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	if _, err := d.admit(ctx, "compare and swap", id); err != nil {
		return err
	}
	return CompareAndSwap(ctx, d.inner, id, old, new, ttl)
}

func (d *guard) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	if _, err := d.admit(ctx, "get and touch", id); err != nil {
		return nil, err
	}
	return GetAndTouch(ctx, d.inner, id, ttl)
}

// All leaves out the guard's own records. Where the inner store lists handles,
// only their data tells them.
func (d *guard) All(ctx context.Context) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		for session, err := range All(ctx, d.inner) {
			hidden := strings.HasPrefix(session.ID, handleMark) &&
				(bytes.Equal(session.Data, saving) || bytes.Equal(session.Data, tombstone))
			if hidden || strings.HasPrefix(session.ID, guardPrefix) {
				continue
			}
			if !yield(session, err) {
				return
			}
		}
	}
}

func (d *guard) Clear(ctx context.Context) error { return Clear(ctx, d.inner) }

func (d *guard) DeleteExpired(ctx context.Context) (int, error) { return DeleteExpired(ctx, d.inner) }

// Namespace is not guarded: its records are no sessions.
func (d *guard) Namespace(name string) (Store, error) { return Namespace(d.inner, name) }

func (d *guard) Ping(ctx context.Context) error { return Ping(ctx, d.inner) }

func (d *guard) Close() error { return Close(d.inner) }

func (d *guard) handle(id string) string { return handleOf(d.inner, id) }

func (d *guard) getHandle(ctx context.Context, handle string) ([]byte, error) {
	return getHandle(ctx, d.inner, handle)
}

// admit refuses an id that is not valid, and one of a guard's own records. For
// a guard above, which may use those, it reports own: the operation is to be
// forwarded as it is.
func (d *guard) admit(ctx context.Context, op, id string) (own bool, err error) {
	ours := strings.HasPrefix(id, guardPrefix)
	if !ValidID(id) || ours && ctx.Value(guardingKey{}) == nil {
		return false, fmt.Errorf("guard: %s: %w", op, ErrInvalidID)
	}
	return ours, nil
}

// admitDelete admits a handle as well, where the inner store has handles.
func (d *guard) admitDelete(ctx context.Context, id string) (own bool, err error) {
	const any = "id"
	if _, ok := cutHandle(id); ok && handleOf(d.inner, any) != any {
		return false, nil
	}
	return d.admit(ctx, "delete", id)
}
