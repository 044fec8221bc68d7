package bolt

import (
	"context"
	"errors"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

const (
	// sweepBatch is how many index entries the sweeper deals with in one
	// transaction: writers wait for it, some milliseconds.
	sweepBatch = 200

	// corruptDelay is how far the index entry of an unreadable record is put
	// off. The record stays, so that Get reports it and nobody takes it for a
	// session that ended.
	corruptDelay = 24 * time.Hour
)

// sweep removes expired sessions until there are none or ctx ends.
func (c *core) sweep(ctx context.Context) error {
	corrupt := false
	for ctx.Err() == nil {
		met, bad, err := c.sweepOnce(ctx)
		if errors.Is(err, sessionstore.ErrClosed) {
			return nil // Close is about to stop this sweep
		}
		if err != nil {
			return contract.Error("bolt: sweep", err)
		}
		corrupt = corrupt || bad
		if met < sweepBatch {
			break
		}
	}
	if corrupt {
		return contract.Error("bolt: sweep", sessionstore.ErrCorrupt)
	}
	return ctx.Err()
}

// sweepOnce deals with one batch of index entries that are due, and returns how
// many it met and whether one was of an unreadable record. It writes nothing if
// nothing is due.
func (c *core) sweepOnce(ctx context.Context) (met int, corrupt bool, err error) {
	idle := true
	err = c.view(func(t table) error {
		idle = len(t.due(now(), 1)) == 0
		return nil
	})
	if err != nil || idle {
		return 0, false, err
	}
	err = c.submit(ctx, &op{kind: opDelete, apply: func(t table, now int64) (bool, error) {
		entries := t.due(now, sweepBatch)
		for _, entry := range entries {
			err := t.sweepEntry(entry, now)
			if errors.Is(err, sessionstore.ErrCorrupt) {
				corrupt = true
			} else if err != nil {
				return false, err
			}
		}
		met = len(entries)
		return met > 0, nil
	}})
	return met, corrupt, err
}

// sweepEntry deals with an index entry that is due. The entry is gone or later
// than now afterwards, so a sweep ends. Whether its session has expired is
// decided here, in the transaction that deletes it.
func (t table) sweepEntry(entry []byte, now int64) error {
	at, key, ok := parseSweepKey(entry)
	if !ok {
		return t.b.Delete(entry)
	}
	r, err := t.get(key)
	switch {
	case errors.Is(err, sessionstore.ErrCorrupt):
		if err := t.putOff(entry, key, now); err != nil {
			return err
		}
		return sessionstore.ErrCorrupt
	case err != nil || r.sweep != at: // of a record that was unreadable once, and is gone or rewritten
		return t.b.Delete(entry)
	case r.live(now):
		return t.reindex(key, newValue(r.data), r.sweep, r.deadline)
	}
	_, err = t.remove(key)
	return err
}

// putOff moves the index entry of a record that cannot be read.
func (t table) putOff(entry, key []byte, now int64) error {
	if err := t.b.Delete(entry); err != nil {
		return err
	}
	return t.b.Put(sweepKey(deadline(now, corruptDelay), key), nil)
}
