package peers

import (
	"bytes"
	"context"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

// bareBolt is bbolt with nothing on top but the copy that every reader needs:
// what bbolt hands out is the file's memory.
type bareBolt struct{ db *bbolt.DB }

func (s bareBolt) Get(_ context.Context, id string) ([]byte, error) {
	var data []byte
	err := s.db.View(func(tx *bbolt.Tx) error {
		value := tx.Bucket(boltBucket).Get([]byte(id))
		if value == nil {
			return sessionstore.ErrNotFound
		}
		data = bytes.Clone(value)
		return nil
	})
	return data, err
}

func (s bareBolt) Set(_ context.Context, id string, data []byte, _ time.Duration) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(boltBucket).Put([]byte(id), data) })
}

func (s bareBolt) Delete(_ context.Context, id string) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(boltBucket).Delete([]byte(id)) })
}

func (s bareBolt) Close() error { return s.db.Close() }
