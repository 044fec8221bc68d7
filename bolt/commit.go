package bolt

import (
	"context"
	"errors"
	"runtime"

	"github.com/coatcheck/sessionstore"
)

// submit queues o and waits for its outcome, or for the end of ctx.
//
// Whoever finds nobody at work carries out the first group, its own op among
// it, and leaves the rest to a goroutine: a lone writer pays for no switch. But
// a database that others write to as well may keep us waiting for their
// transactions, which is not to outlast ctx, so there the goroutine does it all.
func (c *core) submit(ctx context.Context, o *op) error {
	lead, err := c.queue.push(o)
	switch {
	case err != nil:
		return err
	case lead && c.owned:
		c.commitNext()
		if c.queue.more() {
			go c.drain()
		}
	case lead:
		go c.drain()
	}
	return c.queue.wait(ctx, o)
}

// drain carries out what is queued, group after group, until nothing waits.
func (c *core) drain() {
	for again := true; again; again = c.queue.more() {
		c.commitNext()
		// Those whose write has just returned often write again at once. They
		// get to queue first, else groups alternate between large and small.
		runtime.Gosched()
	}
}

// commitNext carries out what waits at the moment the transaction begins, with
// one commit, and gives everyone the outcome.
func (c *core) commitNext() {
	var group []*op
	err := c.update(func(t table) (bool, error) {
		group = c.queue.take()
		return apply(t, look(t, group))
	})
	if group == nil { // no transaction: fail those who waited for it
		group = c.queue.take()
	}
	if errors.Is(err, sessionstore.ErrFull) {
		c.commitFull(group, err)
		return
	}
	finish(group, err)
}

// commitFull carries out the deletions of a group for which there was no room,
// and then the rest: else nobody could end a session while others' writes fail.
func (c *core) commitFull(group []*op, err error) {
	var deletions, writes []*op
	for _, o := range group {
		switch o.kind {
		case opDelete:
			deletions = append(deletions, o)
		case opWrite:
			writes = append(writes, o)
		}
	}
	if len(deletions) == 0 {
		finish(group, err)
		return
	}
	c.commitDeletions(deletions)
	finish(writes, c.update(func(t table) (bool, error) { return apply(t, writes) }))
}

// commitDeletions carries out deletions. Where there is no room for them at once
// it does half of them first, so that a large one, such as a sweep, does not
// fail the small ones.
func (c *core) commitDeletions(group []*op) {
	err := c.update(func(t table) (bool, error) { return apply(t, group) })
	if half := len(group) / 2; half > 0 && errors.Is(err, sessionstore.ErrFull) {
		c.commitDeletions(group[:half])
		c.commitDeletions(group[half:])
		return
	}
	finish(group, err)
}

// look answers the ops that only look, before anything is changed and whatever
// becomes of the commit. It returns the others.
func look(t table, group []*op) (others []*op) {
	for _, o := range group {
		if o.kind != opLook {
			others = append(others, o)
			continue
		}
		_, err := o.apply(t, now())
		o.finish(err)
	}
	return others
}

// apply carries out a group inside a transaction, each op on what those before
// it have left. The clock is read here, after every call of the group and before
// its return.
func apply(t table, group []*op) (changed bool, err error) {
	now := now()
	for _, o := range group {
		did, err := o.apply(t, now)
		if err != nil && !isOutcome(err) {
			return false, err
		}
		o.err = err
		changed = changed || did
	}
	return changed, nil
}

// isOutcome reports whether err is an op's own answer. It has changed nothing,
// and is no reason to undo what others of its group did.
func isOutcome(err error) bool {
	for _, outcome := range []error{
		sessionstore.ErrNotFound, sessionstore.ErrExists, sessionstore.ErrConflict, sessionstore.ErrCorrupt,
	} {
		if errors.Is(err, outcome) {
			return true
		}
	}
	return false
}

// finish gives everyone of a group its own outcome, or that of a failed commit:
// even an op that found nothing may have seen what was then rolled back.
func finish(group []*op, err error) {
	for _, o := range group {
		if err != nil {
			o.finish(err)
		} else {
			o.finish(o.err)
		}
	}
}
