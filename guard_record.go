package sessionstore

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// A guard keeps one record for an id, while there is something to know:
//
//   - tombstone: the session was deleted, or rotated away. Delete writes it,
//     over whatever is there, before it deletes the session.
//   - saving: somebody may save a session that is not there yet. Set creates it,
//     only where there is no record.
//
// Set brings a session into being only by rotating the saving record into it.
// That is one operation of the inner store, and it fails once a tombstone is
// there; so no Set creates anything from the moment of the tombstone until the
// window has passed, whenever it began. What Set created before that moment,
// the Delete finds and ends. Two steps, look for a tombstone and then Create,
// would leave a gap for the Delete between them.
//
// Several Sets may share one saving record: one of them rotates it, the others
// find the session then and replace it.
const guardPrefix = "~guard."

var (
	saving    = []byte("sessionstore: this session is being saved")
	tombstone = []byte("sessionstore: this session was deleted")
)

// savingTTL is how long a Set that died leaves its record, which nobody minds.
const savingTTL = time.Minute

// create saves a session that is not there. ErrConflict says that something has
// changed meanwhile and Set has to look again.
func (d *guard) create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	ours, key := guarding(ctx), d.key(id)
	switch record, err := d.announce(ours, key); {
	case err != nil:
		return err
	case !bytes.Equal(record, saving):
		noteRefusal(ctx)
		return nil
	}
	err := RotateSwap(ours, d.inner, key, id, saving, data, ttl)
	switch {
	case errors.Is(err, ErrConflict):
		// A tombstone has come. Where rotation is two steps the session was
		// visible for a moment, and another Set may have replaced it.
		noteRefusal(ctx)
		return d.inner.Delete(ctx, id)
	case errors.Is(err, ErrExists), errors.Is(err, ErrNotFound):
		return ErrConflict
	}
	return err
}

// announce makes sure that there is a record, and returns which.
func (d *guard) announce(ours context.Context, key string) ([]byte, error) {
	err := Create(ours, d.inner, key, saving, savingTTL)
	if err == nil {
		return saving, nil
	}
	if !errors.Is(err, ErrExists) {
		return nil, err
	}
	record, err := d.inner.Get(ours, key)
	if errors.Is(err, ErrNotFound) {
		return nil, ErrConflict
	}
	return record, err
}

// bury leaves a tombstone for the session.
func (d *guard) bury(ctx context.Context, id string) error {
	return d.inner.Set(guarding(ctx), d.key(id), tombstone, d.window)
}

// buryEqual leaves a tombstone if the session's data equals old.
func (d *guard) buryEqual(ctx context.Context, id string, old []byte) error {
	data, err := d.inner.Get(ctx, id)
	if err != nil {
		return err
	}
	if !bytes.Equal(data, old) {
		return ErrConflict
	}
	return d.bury(ctx, id)
}

// key returns the id of the guard's record for a session, which is the same for
// its id and for its handle.
func (d *guard) key(id string) string { return guardPrefix + sameName(d.inner, id) }

// guardingKey marks the context of operations on a guard's own records, for
// another guard that may lie below.
type guardingKey struct{}

func guarding(ctx context.Context) context.Context {
	return context.WithValue(ctx, guardingKey{}, true)
}
