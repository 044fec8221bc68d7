package sessionstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// EncryptOverheadBytes is by how much a record of [Encrypt] is longer than the
// session's data. A session holds at most [MaxDataBytes] less this.
const EncryptOverheadBytes = headerBytes + nonceBytes + tagBytes

// EncryptOptions has no zero that works: keys and purpose must be given.
type EncryptOptions struct {
	// Keys are master keys of 32 bytes each from crypto/rand, not passwords.
	// The first seals what is written, all of them open what is read. To
	// change the key, add a new one at the end and roll that out to every
	// process, then move it to the front; drop the old one when the longest
	// ttl has passed. A session whose key is gone is ErrCorrupt. The bytes
	// are not kept.
	Keys [][]byte

	// Purpose says what the sessions are for, such as "example.com sign-in".
	// It is no secret, and must not be empty. A record that is moved into a
	// store of another purpose is ErrCorrupt there, although the keys are the
	// same. With another purpose no session can be read any more.
	Purpose string
}

// Encrypt returns a Store that keeps the data of s encrypted, with AES-256-GCM
// under a key of its own for each session. Whoever reads or writes the backend
// without a key can neither read a session nor change one: a record that was
// changed, moved under another id, or sealed by an unknown key is [ErrCorrupt],
// and never a miss or plain text. What remains possible is to delete a record,
// to put back an older one of the same session, and to see its length, its
// deadline and its id; [HashIDs] hides that.
//
// A compare-and-swap and a rotation read the record first, open and compare it,
// and then swap the sealed bytes: two round trips, and as atomic as before.
func Encrypt(s Store, o EncryptOptions) (Store, error) {
	if len(o.Keys) == 0 {
		return nil, errors.New("encrypt: EncryptOptions.Keys is empty")
	}
	if o.Purpose == "" {
		return nil, errors.New("encrypt: EncryptOptions.Purpose is empty")
	}
	d := &encrypted{inner: s, sealer: sealer{purpose: joinFields(o.Purpose)}}
	for i, key := range o.Keys {
		k, err := newSealKey(key)
		if err != nil {
			return nil, fmt.Errorf("encrypt: EncryptOptions.Keys[%d]: %w", i, err)
		}
		d.sealer.keys = append(d.sealer.keys, k)
	}
	return d, nil
}

type encrypted struct {
	inner  Store
	sealer sealer
}

var _ decorator = (*encrypted)(nil)

// seal returns the record for data under id.
func (d *encrypted) seal(op, id string, data []byte) ([]byte, error) {
	if len(data) > MaxDataBytes-EncryptOverheadBytes {
		return nil, encryptError(op, fmt.Errorf("%w, less %d where it is encrypted", ErrTooLarge, EncryptOverheadBytes))
	}
	record, err := d.sealer.seal(sameName(d.inner, id), data)
	if err != nil {
		return nil, encryptError(op, err)
	}
	return record, nil
}

// open returns the data in the record of the session that has the id, or that
// the inner store lists as name.
func (d *encrypted) open(op, name string, record []byte) ([]byte, error) {
	data, err := d.sealer.open(sameName(d.inner, name), record)
	if err != nil {
		return nil, encryptError(op, err)
	}
	return data, nil
}

func encryptError(op string, err error) error { return fmt.Errorf("encrypt: %s: %w", op, err) }

func (d *encrypted) Get(ctx context.Context, id string) ([]byte, error) {
	record, err := d.inner.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return d.open("get", id, record)
}

func (d *encrypted) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	record, err := d.seal("set", id, data)
	if err != nil {
		return err
	}
	return d.inner.Set(ctx, id, record, ttl)
}

func (d *encrypted) Touch(ctx context.Context, id string, ttl time.Duration) error {
	return d.inner.Touch(ctx, id, ttl)
}

func (d *encrypted) Delete(ctx context.Context, id string) error { return d.inner.Delete(ctx, id) }

func (d *encrypted) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	record, err := d.seal("create", id, data)
	if err != nil {
		return err
	}
	return Create(ctx, d.inner, id, record, ttl)
}

func (d *encrypted) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	record, err := d.seal("replace", id, data)
	if err != nil {
		return err
	}
	return Replace(ctx, d.inner, id, record, ttl)
}

func (d *encrypted) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	const op = "compare and swap"
	if _, ok := d.inner.(Swapper); !ok {
		return unsupported(op, d.inner)
	}
	sealed, err := d.seal(op, id, new)
	if err != nil {
		return err
	}
	return d.swap(ctx, op, id, old, ttl, func(record []byte) error {
		return CompareAndSwap(ctx, d.inner, id, record, sealed, ttl)
	})
}

func (d *encrypted) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	const op = "rotate"
	if _, ok := d.inner.(Rotator); !ok {
		return unsupported(op, d.inner)
	}
	if !ValidID(newID) {
		return encryptError(op, ErrInvalidID)
	}
	sealed, err := d.seal(op, newID, new)
	if err != nil {
		return err
	}
	return d.swap(ctx, op, oldID, old, ttl, func(record []byte) error {
		return RotateSwap(ctx, d.inner, oldID, newID, record, sealed, ttl)
	})
}

// swap calls inner with the session's record if old is the data in it. The
// same data may be sealed in many ways: where inner finds another record than
// was read, swap looks again.
func (d *encrypted) swap(ctx context.Context, op, id string, old []byte, ttl time.Duration, inner func(record []byte) error) error {
	if ttl <= 0 || ttl > MaxTTL {
		return encryptError(op, ErrInvalidTTL)
	}
	differs := false
	err := retry(ctx, func() error {
		record, err := d.inner.Get(ctx, id)
		if err != nil {
			return err
		}
		data, err := d.open(op, id, record)
		if err != nil {
			return err
		}
		if differs = !bytes.Equal(data, old); differs {
			return nil // for good: retry would look again
		}
		return inner(record)
	})
	if err == nil && differs {
		return encryptError(op, ErrConflict)
	}
	return err
}

func (d *encrypted) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	record, err := GetAndTouch(ctx, d.inner, id, ttl)
	if err != nil {
		return nil, err
	}
	return d.open("get and touch", id, record)
}

func (d *encrypted) All(ctx context.Context) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		for session, err := range All(ctx, d.inner) {
			if err == nil {
				session.Data, err = d.open("list", session.ID, session.Data)
			}
			if err != nil {
				session = Session{ID: session.ID}
			}
			if !yield(session, err) {
				return
			}
		}
	}
}

func (d *encrypted) Clear(ctx context.Context) error { return Clear(ctx, d.inner) }

func (d *encrypted) DeleteExpired(ctx context.Context) (int, error) {
	return DeleteExpired(ctx, d.inner)
}

// Namespace adds its name to the purpose: a record moved between namespaces is
// ErrCorrupt.
func (d *encrypted) Namespace(name string) (Store, error) {
	inner, err := Namespace(d.inner, name)
	if err != nil {
		return nil, err
	}
	purpose := d.sealer.purpose + joinFields(name)
	return &encrypted{inner: inner, sealer: sealer{keys: d.sealer.keys, purpose: purpose}}, nil
}

func (d *encrypted) Ping(ctx context.Context) error { return Ping(ctx, d.inner) }

func (d *encrypted) Close() error { return Close(d.inner) }

func (d *encrypted) handle(id string) string { return handleOf(d.inner, id) }

func (d *encrypted) getHandle(ctx context.Context, handle string) ([]byte, error) {
	record, err := getHandle(ctx, d.inner, handle)
	if err != nil {
		return nil, err
	}
	return d.open("get", handle, record)
}
