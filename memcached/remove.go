package memcached

import (
	"cmp"
	"context"
	"errors"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
)

// atOnce is an expiration that has passed: what is stored with it is gone, so
// that a swap can delete.
const atOnce = -1

// removals is how often a removal is tried while its replies are lost.
const removals = 3

// fate is what became of a record that was to be removed.
type fate int

const (
	unsure  fate = iota
	removed      // by this removal
	absent       // there is none
	changed      // there is another
)

// remove ends the record under key if its data is still data. The error is nil
// where it was removed, and matches ErrUnknownOutcome where a request's reply
// was lost, even if the record's fate is known by now.
//
// It may send that request again, because it names the record by its cas
// number: carried out twice it does nothing the second time.
func (s *Store) remove(ctx context.Context, key string, data []byte) (fate, error) {
	gone := &memcache.Item{Key: key, Expiration: atOnce}
	expected := isData(data)
	var lost, err error
	for range removals {
		err = s.swap(ctx, expected, gone)
		if f := fateOf(err); f == removed {
			return removed, nil
		} else if f != unsure {
			return f, cmp.Or(lost, err)
		}
		if errors.Is(err, sessionstore.ErrUnknownOutcome) {
			lost, expected = err, isRecord(gone.CasID)
		}
	}
	return unsure, cmp.Or(lost, err)
}

// fateOf reads the result of a swap.
func fateOf(err error) fate {
	switch {
	case err == nil:
		return removed
	case errors.Is(err, sessionstore.ErrNotFound):
		return absent
	case errors.Is(err, sessionstore.ErrConflict):
		return changed
	default:
		return unsure
	}
}
