package bolt

import (
	"context"
	"errors"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// corruptDelay is how far the index entry of an unreadable record is put off.
// The record stays, so that Get reports it and nobody takes it for a session
// that ended.
const corruptDelay = 24 * time.Hour

// sweep is what the sweeper does each time.
func (c *core) sweep(ctx context.Context) error {
	_, err := c.purge(ctx)
	switch {
	case err == nil, errors.Is(err, sessionstore.ErrClosed): // Close is about to stop this sweep
		return nil
	}
	return contract.Error("bolt: sweep", err)
}

// purge removes expired sessions until there are none or ctx ends, and returns
// how many it removed. Where it met records that cannot be read it still does
// all the rest, and then returns ErrCorrupt.
func (c *core) purge(ctx context.Context) (removed int, err error) {
	corrupt := false
	err = inBatches(ctx, func(limit int) (more bool, err error) {
		b, err := c.purgeBatch(ctx, limit)
		if err != nil {
			return false, err
		}
		removed += b.removed
		corrupt = corrupt || b.corrupt
		return b.met == limit, nil
	})
	if err == nil && corrupt {
		err = sessionstore.ErrCorrupt
	}
	return removed, err
}

// swept is what became of index entries that were due.
type swept struct {
	met     int  // entries
	removed int  // sessions
	corrupt bool // whether a record cannot be read
}

// purgeBatch deals with up to limit index entries that are due. It writes
// nothing if nothing is due.
func (c *core) purgeBatch(ctx context.Context, limit int) (b swept, err error) {
	idle := true
	err = c.view(func(t table) error {
		idle = len(t.due(now(), 1)) == 0
		return nil
	})
	if err != nil || idle {
		return swept{}, err
	}
	err = c.submit(ctx, &op{kind: opDelete, apply: func(t table, now int64) (bool, error) {
		b = swept{}
		for _, entry := range t.due(now, limit) {
			removed, err := t.sweepEntry(entry, now)
			if err != nil && !errors.Is(err, sessionstore.ErrCorrupt) {
				return false, err
			}
			b.met++
			b.corrupt = b.corrupt || err != nil
			if removed {
				b.removed++
			}
		}
		return b.met > 0, nil
	}})
	return b, err
}

// sweepEntry deals with an index entry that is due, and reports whether it
// removed a session. The entry is gone or later than now afterwards, so a sweep
// ends. Whether its session has expired is decided here, in the transaction that
// deletes it.
func (t table) sweepEntry(entry []byte, now int64) (removed bool, err error) {
	at, key, ok := parseSweepKey(entry)
	if !ok {
		return false, t.b.Delete(entry)
	}
	r, err := t.get(key)
	switch {
	case errors.Is(err, sessionstore.ErrCorrupt):
		if err := t.putOff(entry, key, now); err != nil {
			return false, err
		}
		return false, sessionstore.ErrCorrupt
	case err != nil || r.sweep != at: // of a record that was unreadable once, and is gone or rewritten
		return false, t.b.Delete(entry)
	case r.live(now):
		return false, t.reindex(key, newValue(r.data), r.sweep, r.deadline)
	}
	return t.remove(key)
}

// putOff moves the index entry of a record that cannot be read.
func (t table) putOff(entry, key []byte, now int64) error {
	if err := t.b.Delete(entry); err != nil {
		return err
	}
	return t.b.Put(sweepKey(deadline(now, corruptDelay), key), nil)
}
