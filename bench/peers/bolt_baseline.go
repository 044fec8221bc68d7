package peers

import (
	"bytes"
	"context"
	"encoding/binary"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

// boltStore keeps a deadline in front of the data and looks at it on reading,
// as stores for bbolt do.
type boltStore struct {
	db     *bbolt.DB
	change func(func(*bbolt.Tx) error) error // db.Update or db.Batch
}

const deadlineBytes = 8

func (s boltStore) Get(_ context.Context, id string) ([]byte, error) {
	var data []byte
	err := s.db.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(boltBucket).Get([]byte(id))
		if len(value) < deadlineBytes || int64(binary.BigEndian.Uint64(value)) <= time.Now().UnixNano() {
			return sessionstore.ErrNotFound
		}
		data = bytes.Clone(value[deadlineBytes:])
		return nil
	})
	return data, err
}

func (s boltStore) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	value := make([]byte, deadlineBytes, deadlineBytes+len(data))
	binary.BigEndian.PutUint64(value, uint64(time.Now().Add(ttl).UnixNano()))
	value = append(value, data...)
	return s.change(func(tx *bbolt.Tx) error { return tx.Bucket(boltBucket).Put([]byte(id), value) })
}

func (s boltStore) Delete(_ context.Context, id string) error {
	return s.change(func(tx *bbolt.Tx) error { return tx.Bucket(boltBucket).Delete([]byte(id)) })
}

func (s boltStore) Close() error { return s.db.Close() }
