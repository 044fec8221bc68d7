package main

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// openUsers opens the file of users and creates it where there is none. The
// file belongs to one process at a time.
func openUsers(path string) (*users, error) {
	db, err := openDatabase(path)
	if err == nil {
		return &users{db: db}, nil
	}
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is in use by another process (waited 1 s for its lock)", path)
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok { // it says which file
		return nil, err
	}
	return nil, fmt.Errorf("%s is damaged, or no file of accounts: restore it from a copy: %w", path, err)
}

var errDamaged = errors.New("it cannot be read to its end")

// openDatabase also reads all keys once. bbolt maps its file: in one that was
// cut short, memory that should be there is missing, of which the runtime makes
// a panic where it is told to, and the end of the program otherwise.
func openDatabase(path string) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			err = errDamaged
			if db != nil {
				err = errors.Join(err, db.Close())
			}
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists(usersBucket)
		if err != nil {
			return err
		}
		return bucket.ForEach(func(_, _ []byte) error { return nil })
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func (u *users) close() error { return u.db.Close() }
