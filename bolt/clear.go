package bolt

import (
	"bytes"
	"context"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var _ sessionstore.Clearer = (*Store)(nil)

// Clear removes all records of the store, or of the namespace and those nested
// in it, in batches with a commit each. The bucket stays, and so does what is
// written meanwhile; a session that is moved to another id counts as written.
func (s *Store) Clear(ctx context.Context) error {
	run := []byte{recordKind}
	if s.namespace != "" {
		run = runOf(s.namespace)
	}
	if err := s.core.clear(ctx, run); err != nil {
		return contract.Error("bolt: clear", err)
	}
	return nil
}

// clear removes the records whose keys begin with run. It passes each key once,
// so that it ends also while others write.
func (c *core) clear(ctx context.Context, run []byte) error {
	from := run
	return inBatches(ctx, func(limit int) (more bool, err error) {
		var next []byte
		err = c.submit(ctx, &op{kind: opDelete, apply: func(t table, _ int64) (changed bool, err error) {
			var keys [][]byte
			keys, next = t.keys(run, from, limit)
			for _, key := range keys {
				if _, err := t.remove(key); err != nil {
					return false, err
				}
			}
			return len(keys) > 0, nil
		}})
		if err == nil {
			from = next
		}
		return next != nil, err
	})
}

// keys returns copies of up to limit keys that begin with run, the first of them
// at from or behind it, and where those after them begin; nil if there are none.
func (t table) keys(run, from []byte, limit int) (keys [][]byte, next []byte) {
	c := t.b.Cursor()
	for key, _ := c.Seek(from); bytes.HasPrefix(key, run); key, _ = c.Next() {
		if len(keys) == limit {
			return keys, bytes.Clone(key)
		}
		keys = append(keys, bytes.Clone(key))
	}
	return keys, nil
}
