package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/coatcheck/sessionstore/internal/contract"
	"github.com/coatcheck/sessionstore/internal/sweeper"
)

// Open opens the database file at path, creating it if it is not there or
// empty, and returns a store that closes it with itself.
//
// It looks at the file before bbolt does: one that is no bbolt database, or is
// cut short, is refused and stays as it was. A file that another process has
// open is refused after Options.LockTimeout.
func Open(path string, options Options) (*Store, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, contract.Error("bolt: open", err)
	}
	s, err := open(path, options)
	if err != nil {
		return nil, contract.Error(fmt.Sprintf("bolt: open %q", path), err)
	}
	return s, nil
}

func open(path string, options Options) (*Store, error) {
	isNew, err := checkPath(path)
	if err != nil {
		return nil, err
	}
	db, err := openDB(path, options)
	if err != nil {
		return nil, openError(path, err)
	}
	if isNew {
		syncDir(filepath.Dir(path))
	}
	s, err := newStore(db, true, options)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// New returns a store in a database that the caller has opened for writing and
// closes after the store. The database may hold other buckets.
func New(db *bbolt.DB, options Options) (*Store, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, contract.Error("bolt: new", err)
	}
	if db == nil {
		return nil, errors.New("bolt: new: db is nil: pass what bbolt.Open returned")
	}
	if db.IsReadOnly() {
		return nil, errors.New("bolt: new: db is read-only: open it without bbolt.Options.ReadOnly")
	}
	s, err := newStore(db, false, options)
	if err != nil {
		return nil, contract.Error("bolt: new", err)
	}
	return s, nil
}

func newStore(db *bbolt.DB, owned bool, options Options) (*Store, error) {
	c := &core{db: db, owned: owned, bucket: []byte(options.Bucket)}
	if err := c.prepare(); err != nil {
		return nil, err
	}
	c.sweeper = sweeper.Start(options.SweepInterval, c.sweep, options.OnError)
	return &Store{core: c}, nil
}

// openDB opens the file with bbolt. A panic over a damaged page is an error,
// and the file is let go.
func openDB(path string, options Options) (db *bbolt.DB, err error) {
	var file *os.File
	defer func() {
		if recover() != nil {
			file.Close()
			db, err = nil, errDamaged
		}
	}()
	return bbolt.Open(path, options.FileMode, &bbolt.Options{
		Timeout:      options.LockTimeout,
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true, // they cost every read a lock
		OpenFile: func(name string, flag int, mode fs.FileMode) (f *os.File, err error) {
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		},
	})
}

// openError says what to do about an error of opening the file.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("another process, or this one, has the file open, and only one can: "+
			"stop the other, or name another file: %w", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("this process may not read and write the file, or create it in %s: "+
			"change the owner or the mode: %w", filepath.Dir(path), err)
	}
	return orFull(err)
}

// syncDir makes the name of a new file as lasting as its content. Where a
// directory cannot be synced there is nothing else to do.
func syncDir(path string) {
	dir, err := os.Open(path)
	if err != nil {
		return
	}
	defer dir.Close()
	_ = dir.Sync()
}
