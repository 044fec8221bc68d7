package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

// The bucket holds three kinds of key, told apart by the first byte:
//
//	layout                              → the version of this layout
//	r namespace : id                    → a record
//	s time namespace : id               → nothing: an entry of the sweep index
//
// The namespace of sessions is empty. Any other is a path: names with colons
// between. Neither a name nor an id contains a colon, so the last colon of a key
// ends its namespace, and no id names a record of another. The keys of a
// namespace and of those nested in it are one run, behind "r namespace :"; the
// nested ones lie among its own.
//
// The index is lazy. Every readable record has exactly one entry, at its sweep
// time, which is never after its deadline. A Touch that moves the deadline on
// leaves the entry where it is; the sweeper, when it meets the entry, moves it
// to the deadline. Only a deadline before the entry moves it at once. So the
// sweeper meets every record by its deadline, and a Touch writes one key.
const (
	layoutKey     = "layout"
	layoutVersion = "1"

	recordKind = 'r'
	sweepKind  = 's'

	sweepTimeBytes = 8
	sweepPrefix    = 1 + sweepTimeBytes
)

// recordKey returns the key of a record.
func recordKey(namespace, id string) []byte {
	key := make([]byte, 0, 1+len(namespace)+1+len(id))
	key = append(key, recordKind)
	key = append(key, namespace...)
	key = append(key, ':')
	return append(key, id...)
}

// runOf returns what the keys of a namespace, and of those in it, begin with.
func runOf(namespace string) []byte { return recordKey(namespace, "") }

// sweepKey returns the key of the index entry of the record under key, at time
// at. The sign bit is turned over, so that times sort as numbers do.
func sweepKey(at int64, key []byte) []byte {
	entry := make([]byte, 0, sweepPrefix+len(key)-1)
	entry = append(entry, sweepKind)
	entry = binary.BigEndian.AppendUint64(entry, uint64(at)^1<<63)
	return append(entry, key[1:]...)
}

// parseSweepKey returns the time of an index entry and the key of its record.
func parseSweepKey(entry []byte) (at int64, key []byte, ok bool) {
	if len(entry) < sweepPrefix || entry[0] != sweepKind {
		return 0, nil, false
	}
	at = int64(binary.BigEndian.Uint64(entry[1:]) ^ 1<<63)
	return at, append([]byte{recordKind}, entry[sweepPrefix:]...), true
}

// A table is the bucket inside one transaction, and keeps the index beside the
// records.
type table struct{ b *bbolt.Bucket }

// get returns the record under key, expired or not. Its data is valid until the
// transaction ends.
func (t table) get(key []byte) (record, error) {
	value := t.b.Get(key)
	if value == nil {
		return record{}, sessionstore.ErrNotFound
	}
	return parseRecord(value)
}

// live returns the record under key if its session is live at now, else
// ErrNotFound, or ErrCorrupt for a record that cannot be read.
func (t table) live(key []byte, now int64) (record, error) {
	r, err := t.get(key)
	if err == nil && !r.live(now) {
		return record{}, sessionstore.ErrNotFound
	}
	return r, err
}

// set stores value, made by newValue, under key, whatever was there.
func (t table) set(key, value []byte, deadline int64) error {
	old, err := t.get(key)
	if err != nil { // absent, or unreadable: the sweeper drops an entry that fits no record
		return t.insert(key, value, deadline)
	}
	return t.replace(key, value, old.sweep, deadline)
}

// touch gives the record r, stored under key, another deadline.
func (t table) touch(key []byte, r record, deadline int64) error {
	return t.replace(key, newValue(r.data), r.sweep, deadline)
}

// insert stores value under a key without an index entry.
func (t table) insert(key, value []byte, deadline int64) error {
	putHeader(value, deadline, deadline)
	if err := t.b.Put(sweepKey(deadline, key), nil); err != nil {
		return err
	}
	return t.b.Put(key, value)
}

// replace stores value under a key whose index entry is at sweep, and leaves
// the entry there if it can.
func (t table) replace(key, value []byte, sweep, deadline int64) error {
	if sweep > deadline {
		return t.reindex(key, value, sweep, deadline)
	}
	putHeader(value, deadline, sweep)
	return t.b.Put(key, value)
}

// reindex stores value under a key and moves its index entry from sweep to the
// deadline.
func (t table) reindex(key, value []byte, sweep, deadline int64) error {
	if err := t.b.Delete(sweepKey(sweep, key)); err != nil {
		return err
	}
	return t.insert(key, value, deadline)
}

// remove deletes what is under key with its index entry, and reports whether
// there was anything.
func (t table) remove(key []byte) (bool, error) {
	r, err := t.get(key)
	if errors.Is(err, sessionstore.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		if err := t.b.Delete(sweepKey(r.sweep, key)); err != nil {
			return false, err
		}
	}
	return true, t.b.Delete(key)
}

// due returns copies of up to limit index entries that are not after now,
// earliest first. One that is malformed is due, so that the sweeper drops it
// and goes on to those behind it.
func (t table) due(now int64, limit int) [][]byte {
	var entries [][]byte
	c := t.b.Cursor()
	for entry, _ := c.Seek([]byte{sweepKind}); len(entries) < limit; entry, _ = c.Next() {
		if len(entry) == 0 || entry[0] != sweepKind {
			break
		}
		if at, _, ok := parseSweepKey(entry); ok && at > now {
			break
		}
		entries = append(entries, bytes.Clone(entry))
	}
	return entries
}
