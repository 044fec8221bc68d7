package sessionstore

import (
	"context"
	"fmt"
	"iter"
	"time"
)

// HashIDs returns a Store that keeps each session of s under the SHA-256 of its
// id. A dump, a backup or a log of the backend then holds nothing that a
// browser could send: it takes the id to find its hash, and there is no way
// back. That hides ids which nobody can guess, as [NewID] makes them.
//
// Since no hash can be turned back either, [All] yields a handle as the ID of a
// session: a # and the hash. Delete takes a handle and ends that session; all
// other methods refuse it with [ErrInvalidID]. A handle opens nothing, so that
// operators may see it, and a program that checks [ValidID] on what a client
// sends passes none on.
//
// Sessions that s held before are out of reach: nobody's hash is their id. They
// end with their ttl or with Clear.
//
// It goes around a Guard: HashIDs(Guard(backend)), so that operators and Owners
// can use the guarded store as well.
func HashIDs(s Store) Store { return &hashedIDs{inner: s} }

type hashedIDs struct{ inner Store }

var _ decorator = (*hashedIDs)(nil)

// name returns the inner store's id of a session.
func (d *hashedIDs) name(op, id string) (string, error) {
	if !ValidID(id) {
		return "", hashIDsError(op)
	}
	return hashOf(id), nil
}

func hashIDsError(op string) error { return fmt.Errorf("hashids: %s: %w", op, ErrInvalidID) }

func (d *hashedIDs) Get(ctx context.Context, id string) ([]byte, error) {
	name, err := d.name("get", id)
	if err != nil {
		return nil, err
	}
	return d.inner.Get(ctx, name)
}

func (d *hashedIDs) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	name, err := d.name("set", id)
	if err != nil {
		return err
	}
	return d.inner.Set(ctx, name, data, ttl)
}

func (d *hashedIDs) Touch(ctx context.Context, id string, ttl time.Duration) error {
	name, err := d.name("touch", id)
	if err != nil {
		return err
	}
	return d.inner.Touch(ctx, name, ttl)
}

// Delete takes an id or a handle. Hashing what All listed once more is how
// "log out everywhere" logs out nobody.
func (d *hashedIDs) Delete(ctx context.Context, id string) error {
	name, ok := cutHandle(id)
	if !ok {
		var err error
		if name, err = d.name("delete", id); err != nil {
			return err
		}
	}
	return d.inner.Delete(ctx, name)
}

func (d *hashedIDs) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	name, err := d.name("create", id)
	if err != nil {
		return err
	}
	return Create(ctx, d.inner, name, data, ttl)
}

func (d *hashedIDs) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	name, err := d.name("replace", id)
	if err != nil {
		return err
	}
	return Replace(ctx, d.inner, name, data, ttl)
}

func (d *hashedIDs) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	name, err := d.name("compare and swap", id)
	if err != nil {
		return err
	}
	return CompareAndSwap(ctx, d.inner, name, old, new, ttl)
}

func (d *hashedIDs) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	from, err := d.name("rotate", oldID)
	if err != nil {
		return err
	}
	to, err := d.name("rotate", newID)
	if err != nil {
		return err
	}
	return RotateSwap(ctx, d.inner, from, to, old, new, ttl)
}

func (d *hashedIDs) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	name, err := d.name("get and touch", id)
	if err != nil {
		return nil, err
	}
	return GetAndTouch(ctx, d.inner, name, ttl)
}

// All yields handles, and leaves out what this store cannot have stored.
func (d *hashedIDs) All(ctx context.Context) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		for session, err := range All(ctx, d.inner) {
			if session.ID != "" {
				session.ID = handleMark + session.ID
				if _, ok := cutHandle(session.ID); !ok {
					continue
				}
			}
			if !yield(session, err) {
				return
			}
		}
	}
}

func (d *hashedIDs) Clear(ctx context.Context) error { return Clear(ctx, d.inner) }

func (d *hashedIDs) DeleteExpired(ctx context.Context) (int, error) {
	return DeleteExpired(ctx, d.inner)
}

// Namespace hashes the ids in it too, and not its name.
func (d *hashedIDs) Namespace(name string) (Store, error) {
	inner, err := Namespace(d.inner, name)
	if err != nil {
		return nil, err
	}
	return HashIDs(inner), nil
}

func (d *hashedIDs) Ping(ctx context.Context) error { return Ping(ctx, d.inner) }

func (d *hashedIDs) Close() error { return Close(d.inner) }

func (d *hashedIDs) handle(id string) string { return handleMark + handleOf(d.inner, hashOf(id)) }

func (d *hashedIDs) getHandle(ctx context.Context, handle string) ([]byte, error) {
	name, ok := cutHandle(handle)
	if !ok {
		return nil, hashIDsError("get")
	}
	return getHandle(ctx, d.inner, name)
}
