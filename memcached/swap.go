package memcached

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// CompareAndSwap takes two round trips: one reads the data and its cas number,
// which every write changes and no Touch, and one writes under that number.
// Where another wrote in between, though not other data, it takes two more.
func (s *Store) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	const op = "memcached: compare and swap"
	if err := contract.Write(ctx, id, new, ttl); err != nil {
		return contract.Error(op, err)
	}
	ctx, cancel := s.bound(ctx)
	defer cancel()
	if err := s.swap(ctx, isData(old), s.item(id, new, ttl)); err != nil {
		return contract.Error(op, err)
	}
	return nil
}

// expectation returns nil for the record that a swap is to replace, else
// ErrConflict.
type expectation func(found *memcache.Item) error

func isData(data []byte) expectation {
	return func(found *memcache.Item) error {
		if !bytes.Equal(found.Value, data) {
			return sessionstore.ErrConflict
		}
		return nil
	}
}

// isRecord expects what was seen before under a cas number, not written since.
func isRecord(casID uint64) expectation {
	return func(found *memcache.Item) error {
		if found.CasID != casID {
			return sessionstore.ErrConflict
		}
		return nil
	}
}

var (
	// errLookAgain says that the record was written, or its server started
	// again, after it was read. Nothing has changed.
	errLookAgain = errors.New("the record is to be read again")

	errNoCAS = errors.New("the server has no cas numbers: start memcached without -C")
)

// swap stores next if what lives under its key is as expected. The cas number
// that it used, if it came so far, is then in next.
func (s *Store) swap(ctx context.Context, expected expectation, next *memcache.Item) error {
	for {
		if err := s.trySwap(ctx, expected, next); err != errLookAgain {
			return err
		}
	}
}

// trySwap reads and writes on one connection: a server that was started again
// counts its cas numbers from 1, so that another record may have the number.
func (s *Store) trySwap(ctx context.Context, expected expectation, next *memcache.Item) error {
	n := s.node(next.Key)
	sl, err := n.take(ctx)
	if err != nil {
		return err
	}
	defer n.put(sl)
	found, err := n.look(ctx, sl, next.Key)
	if err != nil {
		return err
	}
	if err := expected(found); err != nil {
		return err
	}
	if !sl.conn.quiet() {
		sl.conn.Close()
		return errLookAgain
	}
	if err := contract.CtxError(ctx); err != nil {
		return err
	}
	next.CasID = found.CasID
	return n.ask(ctx, sl, write, func(c *memcache.Client) error { return cas(c, next) })
}

// look reads a record with its cas number.
func (n *node) look(ctx context.Context, sl *slot, key string) (found *memcache.Item, err error) {
	err = n.ask(ctx, sl, read, func(c *memcache.Client) (err error) {
		found, err = c.Get(key) // which sends gets
		return sameKey(key, found, err)
	})
	if err == nil && found.CasID == 0 {
		return nil, errNoCAS
	}
	return found, err
}

// cas stores an item over the record that has its cas number.
func cas(c *memcache.Client, item *memcache.Item) error {
	err := c.CompareAndSwap(item)
	switch err {
	case memcache.ErrCASConflict, memcache.ErrNotStored:
		return errLookAgain
	}
	return err
}
