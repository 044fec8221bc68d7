package sessionstore

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"
)

// The record of an owner is a list of entries, one for each session, changed by
// compare-and-swap alone. Every call keeps one order, so that nothing slips
// between two of them:
//
//   - Start and Renew list the session first, then write it, and then look
//     whether its entry is still there and unmarked. If it is not, they end
//     what they wrote.
//   - Whoever ends sessions marks their entries first, in one swap; then deletes
//     the sessions, then removes the entries.
//
// The marking swap is the moment that counts. What was listed before it is
// marked: if its session was written already, the deletion finds it; if not,
// whoever writes it finds the mark, or no entry. What is listed after it began
// after it.
//
// A renewal is listed beside its old entry, which must not be marked, and behind
// it. Deletions follow the order of the list: once the old session is deleted
// the rotation fails, and if it came before that, the deletion of the new one
// is still to come.
type record struct {
	entries []entry

	// checked is when the list was last freed of sessions that are gone. While
	// it is full that happens once in a while, not with every Start.
	checked int64
}

// entry is one session. Times are Unix milliseconds.
type entry struct {
	handle  string
	started int64  // when the session began
	listed  int64  // when this entry was written
	marked  int64  // when somebody began to end it, or 0
	from    string // the handle of which this is the renewal, until that is done
}

// underWay is for how long an entry without a session may be of a Start or a
// Renew that has yet to write it. If one takes longer and finds its entry gone,
// it fails.
const underWay = time.Minute

// isOld reports whether t, in Unix milliseconds, is long ago.
func isOld(t int64) bool { return time.Since(time.UnixMilli(t)) > underWay }

// find returns the entry with the handle, or nil.
func (r *record) find(handle string) *entry {
	for i := range r.entries {
		if r.entries[i].handle == handle {
			return &r.entries[i]
		}
	}
	return nil
}

// add lists a session, and reports whether it was not listed before.
func (r *record) add(e entry) bool {
	if known := r.find(e.handle); known != nil {
		e.marked = known.marked
		*known = e
		return false
	}
	r.entries = append(r.entries, e)
	return true
}

func (r *record) remove(match func(e entry) bool) { r.entries = slices.DeleteFunc(r.entries, match) }

// count returns how many sessions there are that nobody ends. One that is being
// renewed has two entries.
func (r *record) count() (n int) {
	for _, e := range r.entries {
		if e.marked == 0 && (e.from == "" || r.find(e.from) == nil) {
			n++
		}
	}
	return n
}

// mark begins to end the sessions that match, and returns the handles of all
// that do, also of those that somebody had marked before.
func (r *record) mark(match func(e entry) bool) (handles []string) {
	for i := range r.entries {
		e := &r.entries[i]
		if !match(*e) {
			continue
		}
		if e.marked == 0 {
			e.marked = time.Now().UnixMilli()
		}
		handles = append(handles, e.handle)
	}
	return handles
}

// trim begins to end the oldest sessions until there are at most most, but none
// with a handle in keep. It returns the handles of what is to be ended:
// these, and then what somebody marked and, it seems, left behind.
func (r *record) trim(most int, keep ...string) (handles []string) {
	leftBehind := r.mark(func(e entry) bool { return e.marked != 0 && isOld(e.marked) })
	for range r.count() - most {
		oldest := r.oldest(keep)
		if oldest == "" {
			break
		}
		handles = append(handles, r.mark(func(e entry) bool { return e.handle == oldest || e.from == oldest })...)
	}
	return append(handles, leftBehind...)
}

// oldest returns the handle of the oldest session that nobody ends and that is
// not in keep, or nothing.
func (r *record) oldest(keep []string) (handle string) {
	var started int64
	for _, e := range r.entries {
		if e.marked == 0 && !slices.Contains(keep, e.handle) && (handle == "" || e.started < started) {
			handle, started = e.handle, e.started
		}
	}
	return handle
}

// read returns the record of an owner, and the bytes that it is stored as. No
// record is an empty one, stored as nil.
func (o *Owners) read(ctx context.Context, owner string) (r record, stored []byte, err error) {
	stored, err = o.records.Get(ctx, hashOf(owner))
	if errors.Is(err, ErrNotFound) {
		return record{}, nil, nil
	}
	if err != nil {
		return record{}, nil, err
	}
	r, err = parseRecord(stored)
	return r, stored, err
}

// update changes the record of an owner. The change may be made many times, on
// a new record each time. Nothing is written where it fails or changes nothing.
func (o *Owners) update(ctx context.Context, owner string, change func(r *record) error) error {
	leave, err := o.enter(ctx, owner)
	if err != nil {
		return err
	}
	defer leave()
	return retry(ctx, func() error {
		r, stored, err := o.read(ctx, owner)
		if err != nil {
			return err
		}
		if err := change(&r); err != nil {
			return err
		}
		return o.write(ctx, owner, stored, r)
	})
}

// write returns ErrConflict where the record is not what was read.
func (o *Owners) write(ctx context.Context, owner string, stored []byte, r record) error {
	changed := r.appendTo(nil)
	var err error
	switch id := hashOf(owner); {
	case bytes.Equal(changed, stored), stored == nil && len(r.entries) == 0:
		return nil
	case stored == nil:
		err = Create(ctx, o.records, id, changed, o.ttl)
	default:
		err = CompareAndSwap(ctx, o.records, id, stored, changed, o.ttl)
	}
	if errors.Is(err, ErrExists) || errors.Is(err, ErrNotFound) {
		return ErrConflict
	}
	return err
}

// enter waits until nobody in this process changes the owner's record, and
// returns what lets the next one. A thousand callers that wait in a queue are
// done in a thousand swaps; if they all tried at once, most would fail. Owners
// share queues, of which there are a few.
func (o *Owners) enter(ctx context.Context, owner string) (leave func(), err error) {
	hash := hashOf(owner)
	queue := o.queues[(int(hash[0])*31+int(hash[1]))%len(o.queues)]
	select {
	case queue <- struct{}{}:
		return func() { <-queue }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
