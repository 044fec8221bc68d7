package sessionstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// endsAtOnce is how many sessions are deleted before their entries are removed,
// so that a call which runs out of time has got somewhere; and how many a Start
// or a Renew ends at most, which is to be done soon.
const endsAtOnce = 16

// listing is a session that is being listed, before it is written.
type listing struct {
	owner, handle string
	from          string // the handle of which it is the renewal, or nothing
	instead       string // the handle of a session that the caller ends next, or nothing

	added   bool     // it was not listed before
	surplus []string // handles that are to be ended for it
}

// errCrowded says that an owner has the most sessions, and that some may be
// gone.
var errCrowded = errors.New("the list is full")

// list lists a session. Where the list is full it ends the oldest, but first
// looks whether some are gone, unless somebody just has. That may take long, and
// is not worth a sign-in: if it fails, or half of the time is over, the oldest
// has to go.
func (o *Owners) list(ctx context.Context, l *listing) error {
	err := o.update(ctx, l.owner, func(r *record) error { return o.enlist(r, l, true) })
	if errors.Is(err, errCrowded) {
		surveying, cancel := half(ctx)
		_, _ = o.survey(surveying, l.owner)
		cancel()
		err = o.update(ctx, l.owner, func(r *record) error { return o.enlist(r, l, false) })
	}
	return err
}

func (o *Owners) enlist(r *record, l *listing, maySurvey bool) error {
	now := time.Now().UnixMilli()
	e := entry{handle: l.handle, started: now, listed: now, from: l.from}
	if old := r.find(l.from); old != nil {
		if old.marked != 0 {
			return ErrNotFound
		}
		e.started = old.started
	}
	l.added = r.add(e)
	most := o.max
	if former := r.find(l.instead); former != nil && former.marked == 0 {
		most++ // the two count as one
	}
	if r.count() > most && isOld(r.checked) {
		if maySurvey {
			return errCrowded
		}
		r.checked = now // the survey failed: the next sign-ins need not try
	}
	l.surplus = r.trim(most, l.handle, l.from, l.instead)
	return nil
}

// makeRoom ends the surplus, as much as a sign-in can wait for. What stays is
// marked, and is finished later.
func (o *Owners) makeRoom(ctx context.Context, l listing) {
	ctx, cancel := half(ctx)
	defer cancel()
	_, _ = o.finish(ctx, l.owner, l.surplus[:min(len(l.surplus), endsAtOnce)])
}

// confirm is what follows when a listed session was written, with the error
// written. It returns gone where the session was ended meanwhile.
func (o *Owners) confirm(ctx context.Context, l listing, id string, written, gone error) error {
	if len(l.surplus) > 0 {
		o.makeRoom(ctx, l)
	}
	if written != nil && !errors.Is(written, ErrUnknownOutcome) {
		if l.added {
			o.remove(ctx, l)
		}
		return written
	}
	r, _, err := o.read(ctx, l.owner)
	if e := r.find(l.handle); e != nil && e.marked == 0 {
		return written
	}
	// It was ended as it began, or that cannot be ruled out. Who ended it may
	// have come too early to find it.
	if err := o.store.Delete(ctx, id); err != nil {
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	o.remove(ctx, l)
	switch {
	case written != nil:
		return written
	case err != nil && l.from != "": // what it was the renewal of is gone as well
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	case err != nil:
		return err
	}
	return gone
}

// remove takes a session that is not there off the list. An entry that stays
// vanishes by itself.
func (o *Owners) remove(ctx context.Context, l listing) {
	_ = o.update(ctx, l.owner, func(r *record) error {
		r.remove(func(e entry) bool { return e.handle == l.handle })
		return nil
	})
}

// succeed takes the old entry of a renewed session off the list. It would
// vanish by itself, too.
func (o *Owners) succeed(ctx context.Context, l listing) {
	_ = o.update(ctx, l.owner, func(r *record) error {
		r.remove(func(e entry) bool { return e.handle == l.from })
		if e := r.find(l.handle); e != nil {
			e.from = ""
		}
		return nil
	})
}

// survey returns the sessions of an owner. It ends what somebody had begun to
// end, and frees the list of what is gone.
func (o *Owners) survey(ctx context.Context, owner string) ([]OwnedSession, error) {
	r, _, err := o.read(ctx, owner)
	if err != nil {
		return nil, err
	}
	if marked := r.mark(func(e entry) bool { return e.marked != 0 }); len(marked) > 0 {
		if _, err := o.finish(ctx, owner, marked); err != nil {
			return nil, err
		}
	}
	var sessions []OwnedSession
	gone := make(map[string]int64)
	for _, e := range r.entries {
		if e.marked != 0 {
			continue
		}
		data, err := getHandle(ctx, o.store, e.handle)
		switch {
		case err == nil, errors.Is(err, ErrCorrupt):
			sessions = append(sessions, OwnedSession{Handle: e.handle, Started: time.UnixMilli(e.started), Data: data})
		case !isGone(err):
			return nil, err
		case isOld(e.listed):
			gone[e.handle] = e.listed
		}
	}
	if len(gone) > 0 || r.count() >= o.max {
		o.tidy(ctx, owner, gone)
	}
	return sessions, nil
}

// isGone reports whether no session can have the handle. A handle is invalid
// where HashIDs was put around the store, or taken away, since the session
// began: then nobody can reach that.
func isGone(err error) bool { return errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalidID) }

// tidy takes entries off the list that were listed at that time and are gone.
// Where it fails, the next survey does it.
func (o *Owners) tidy(ctx context.Context, owner string, gone map[string]int64) {
	_ = o.update(ctx, owner, func(r *record) error {
		r.remove(func(e entry) bool { return e.marked == 0 && gone[e.handle] == e.listed })
		r.checked = time.Now().UnixMilli()
		return nil
	})
}

// end ends the sessions of an owner that match, and returns how many were
// listed and are gone.
func (o *Owners) end(ctx context.Context, owner string, match func(e entry) bool) (int, error) {
	if err := checkOwner(owner); err != nil {
		return 0, err
	}
	var handles []string
	err := o.update(ctx, owner, func(r *record) error {
		handles = r.mark(match)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return o.finish(ctx, owner, handles)
}

// finish deletes sessions that are marked, in the order given, and takes them
// off the list, a batch at a time. It goes on after an error: another session
// may be on a server that works. An entry that stays is marked, so that the next
// call ends it.
func (o *Owners) finish(ctx context.Context, owner string, handles []string) (n int, first error) {
	for batch := range slices.Chunk(handles, endsAtOnce) {
		done, late, err := o.finishBatch(ctx, owner, batch)
		n += done
		first = cmp.Or(first, err)
		if late != nil {
			first = cmp.Or(first, late)
			break
		}
	}
	if n == len(handles) {
		return n, nil
	}
	return n, first
}

// finishBatch keeps half of the time for the list: what was deleted and stays on
// it would be deleted again by the next call, and the next. late says that the
// other half is over.
func (o *Owners) finishBatch(ctx context.Context, owner string, handles []string) (n int, late, first error) {
	deleting, cancel := half(ctx)
	defer cancel()
	done := make(map[string]bool, len(handles))
	for _, handle := range handles {
		switch err := o.store.Delete(deleting, handle); {
		case err == nil, isGone(err):
			done[handle] = true
		case first == nil:
			first = err
		}
		if late = deleting.Err(); late != nil {
			break
		}
	}
	if len(done) > 0 {
		_ = o.update(ctx, owner, func(r *record) error {
			r.remove(func(e entry) bool { return e.marked != 0 && done[e.handle] })
			return nil
		})
	}
	return len(done), late, first
}

// half returns ctx with half of the time that it has left, if it has an end.
func half(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(end)/2)
}
