package bolt

import (
	"context"
	"errors"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// Store keeps sessions in one bucket of a bbolt database. Make one with [Open]
// or [New].
type Store struct {
	core      *core
	namespace string // the path of that of its records; empty for sessions
}

var (
	_ sessionstore.Pinger = (*Store)(nil)
	_ sessionstore.Closer = (*Store)(nil)
)

// Get returns a copy of the data of a live session, or ErrNotFound.
func (s *Store) Get(ctx context.Context, id string) ([]byte, error) {
	if err := contract.Lookup(ctx, id); err != nil {
		return nil, contract.Error("bolt: get", err)
	}
	key := recordKey(s.namespace, id)
	var data []byte
	err := s.core.view(func(t table) error { return t.read(key, &data) })
	if errors.Is(err, errExpired) {
		data, err = s.getExpired(ctx, key)
	}
	if err != nil {
		return nil, contract.Error("bolt: get", err)
	}
	return data, nil
}

// getExpired looks again at a session that has just been seen to be over, from
// inside the next write transaction. A Touch that found the session alive may
// be on its way to the disk: to answer "not found" now, and find it again
// later, would be a revival (Touch/NoRevival).
func (s *Store) getExpired(ctx context.Context, key []byte) (data []byte, err error) {
	err = s.core.submit(ctx, &op{kind: opLook, apply: func(t table, _ int64) (bool, error) {
		err := t.read(key, &data)
		if errors.Is(err, errExpired) {
			err = sessionstore.ErrNotFound
		}
		return false, err
	}})
	return data, err
}

// read copies the data of a live session. The clock is read after the record.
func (t table) read(key []byte, data *[]byte) error {
	r, err := t.get(key)
	if err != nil {
		return err
	}
	if !r.live(now()) {
		return errExpired
	}
	*data = make([]byte, len(r.data))
	copy(*data, r.data)
	return nil
}

// Set stores data under id for ttl.
func (s *Store) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := s.put(ctx, id, data, ttl, whatever); err != nil {
		return contract.Error("bolt: set", err)
	}
	return nil
}

// A condition decides, inside the transaction, whether a write takes place: nil,
// or the write's outcome. It sees what the operations before it have left.
type condition func(t table, key []byte, now int64) error

func whatever(table, []byte, int64) error { return nil }

// put checks the arguments and stores data under id if the condition holds.
func (s *Store) put(ctx context.Context, id string, data []byte, ttl time.Duration, holds condition) error {
	if err := contract.Write(ctx, id, data, ttl); err != nil {
		return err
	}
	key, value := recordKey(s.namespace, id), newValue(data)
	return s.core.submit(ctx, &op{kind: opWrite, bytes: len(value), apply: func(t table, now int64) (bool, error) {
		if err := holds(t, key, now); err != nil {
			return false, err
		}
		return true, t.set(key, value, deadline(now, ttl))
	}})
}

// Touch lets a live session end ttl from now, or returns ErrNotFound.
func (s *Store) Touch(ctx context.Context, id string, ttl time.Duration) error {
	if err := contract.Touch(ctx, id, ttl); err != nil {
		return contract.Error("bolt: touch", err)
	}
	key := recordKey(s.namespace, id)
	err := s.core.submit(ctx, &op{kind: opWrite, apply: func(t table, now int64) (bool, error) {
		r, err := t.live(key, now)
		if err != nil {
			return false, err
		}
		return true, t.touch(key, r, deadline(now, ttl))
	}})
	if err != nil {
		return contract.Error("bolt: touch", err)
	}
	return nil
}

// Delete ends a session, if there is one.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := contract.Lookup(ctx, id); err != nil {
		return contract.Error("bolt: delete", err)
	}
	key := recordKey(s.namespace, id)
	err := s.core.submit(ctx, &op{kind: opDelete, apply: func(t table, _ int64) (bool, error) {
		return t.remove(key)
	}})
	if err != nil {
		return contract.Error("bolt: delete", err)
	}
	return nil
}

// Ping returns nil if the database is open and holds the store's bucket.
func (s *Store) Ping(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		err = s.core.view(func(table) error { return nil })
	}
	if err != nil {
		return contract.Error("bolt: ping", err)
	}
	return nil
}

// Close carries out the writes that wait, stops the sweeper, and closes the
// file if Open opened it. Later calls of any method return ErrClosed; closing
// again returns nil. On a namespace it does nothing.
func (s *Store) Close() error {
	if s.namespace != "" {
		return nil
	}
	if err := s.core.close(); err != nil {
		return contract.Error("bolt: close", err)
	}
	return nil
}
