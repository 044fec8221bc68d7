package bolt

import (
	"errors"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
	"github.com/coatcheck/sessionstore/internal/sweeper"
)

// A core is what the stores of one bucket share: the database, the writer, the
// sweeper.
type core struct {
	db     *bbolt.DB
	owned  bool // whether close closes db
	bucket []byte

	queue   queue
	sweeper *sweeper.Sweeper

	closed    atomic.Bool
	closeOnce sync.Once
}

// view runs fn in a read transaction. fn keeps nothing of the transaction's
// memory.
func (c *core) view(fn func(t table) error) error {
	if c.closed.Load() {
		return sessionstore.ErrClosed
	}
	err := tryTx(c.db.View, func(tx *bbolt.Tx) error {
		t, err := c.table(tx)
		if err != nil {
			return err
		}
		return fn(t)
	})
	return c.orClosed(err)
}

// update runs fn in a write transaction and commits it if fn changed anything.
// When it returns an error nothing was changed, unless the error matches
// ErrUnknownOutcome.
func (c *core) update(fn func(t table) (changed bool, err error)) error {
	txid, applied := 0, false
	err := tryTx(c.db.Update, func(tx *bbolt.Tx) error {
		txid = tx.ID()
		t, err := c.table(tx)
		if err != nil {
			return err
		}
		changed, err := fn(t)
		if err == nil && !changed {
			err = errUnchanged
		}
		applied = err == nil
		return err
	})
	if err == nil || errors.Is(err, errUnchanged) {
		return nil
	}
	if applied && c.mayShow(txid) {
		return contract.Unknown(err)
	}
	return c.orClosed(orFull(err))
}

// tryTx calls db.View or db.Update. A panic over a damaged page becomes an
// error: it would end the program, and those for whom one goroutine commits
// would wait for ever. bbolt ends the transaction when it panics.
func tryTx(run func(func(*bbolt.Tx) error) error, fn func(*bbolt.Tx) error) (err error) {
	defer func() {
		if recover() != nil {
			err = errDamaged
		}
	}()
	return run(fn)
}

// mayShow reports whether the transaction txid, whose commit failed, may be
// seen all the same: the last step writes the page that makes it current, and
// the failure may have come after that.
func (c *core) mayShow(txid int) bool {
	current := 0
	err := tryTx(c.db.View, func(tx *bbolt.Tx) error {
		current = tx.ID()
		return nil
	})
	return err != nil || current >= txid
}

func (c *core) table(tx *bbolt.Tx) (table, error) {
	b := tx.Bucket(c.bucket)
	if b == nil {
		return table{}, errNoBucket
	}
	return table{b}, nil
}

// orClosed turns the error of a database that was closed with the store into
// ErrClosed: a call that overlaps Close may meet it.
func (c *core) orClosed(err error) error {
	if errors.Is(err, berrors.ErrDatabaseNotOpen) && c.closed.Load() {
		return sessionstore.ErrClosed
	}
	return err
}

// close ends the core: queued writes are carried out, later calls refused.
func (c *core) close() (err error) {
	c.closeOnce.Do(func() {
		c.closed.Store(true)
		c.queue.close()
		c.sweeper.Stop()
		if c.owned {
			err = c.db.Close()
		}
	})
	return err
}
