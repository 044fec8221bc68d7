package bolt

import (
	"container/list"
	"context"
	"sync"

	"github.com/coatcheck/sessionstore"
)

// A queue holds the calls that wait for the next transaction, in order of
// arrival: one entry for each call under way, so callers bound it.
type queue struct {
	mu       sync.Mutex
	waiting  list.List // of *op; guarded by mu
	draining bool      // whether somebody carries ops out; if not, none waits; guarded by mu
	closed   bool      // guarded by mu

	drainer sync.WaitGroup // counts one while draining
}

// The limits of one group, so that neither a transaction's memory nor the wait
// for it grows without bound. A first entry is taken whatever its size.
const (
	maxGroupOps   = 1024
	maxGroupBytes = 16 << 20
)

// An op is one call in the queue.
type op struct {
	kind  opKind
	bytes int // what it adds to the transaction, for maxGroupBytes

	// apply carries the op out inside a transaction, at now, and reports
	// whether it changed anything. It may run again if the transaction was
	// rolled back. An outcome of its own is one that isOutcome knows, with
	// nothing changed; any other error ends the transaction.
	apply func(t table, now int64) (changed bool, err error)

	element *list.Element // its place while it waits; guarded by queue.mu
	err     error         // the outcome; may be read once done is closed
	done    chan struct{}
	over    bool // whether done is closed; only whoever drains reads and writes it
}

// opKind says in which order a group is carried out. All of it waited at the
// same time, so any order is a true one.
type opKind int

const (
	opLook   opKind = iota // changes nothing
	opDelete               // makes room
	opWrite
)

// wait waits for the outcome of o. If ctx ends first, o leaves the queue
// without effect; but once a transaction has taken it, the outcome is waited
// for.
func (q *queue) wait(ctx context.Context, o *op) error {
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
	}
	if q.remove(o) {
		return ctx.Err()
	}
	<-o.done
	return o.err
}

// push adds o to the queue, unless that is closed. If lead is true nobody
// drains it, and the caller must: carry out groups until more returns false.
func (q *queue) push(o *op) (lead bool, err error) {
	o.done = make(chan struct{})
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false, sessionstore.ErrClosed
	}
	o.element = q.waiting.PushBack(o)
	if q.draining {
		return false, nil
	}
	q.draining = true
	q.drainer.Add(1)
	return true, nil
}

// remove takes o out of the queue, and returns false if a group has it.
func (q *queue) remove(o *op) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if o.element == nil {
		return false
	}
	q.waiting.Remove(o.element)
	o.element = nil
	return true
}

// more reports to whoever drains the queue whether anything waits. After false
// nobody drains it.
func (q *queue) more() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting.Len() > 0 {
		return true
	}
	q.draining = false
	q.drainer.Done()
	return false
}

// take removes the next group from the queue. It may be empty.
func (q *queue) take() []*op {
	q.mu.Lock()
	defer q.mu.Unlock()
	group := make([]*op, 0, min(q.waiting.Len(), maxGroupOps))
	bytes := 0
	for len(group) < maxGroupOps {
		first := q.waiting.Front()
		if first == nil {
			break
		}
		o := first.Value.(*op)
		if bytes += o.bytes; bytes > maxGroupBytes && len(group) > 0 {
			break
		}
		q.waiting.Remove(first)
		o.element = nil
		group = append(group, o)
	}
	return group
}

// close lets nothing more in and waits until the queue is empty.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.drainer.Wait()
}

// finish gives o its outcome, unless it has one.
func (o *op) finish(err error) {
	if o.over {
		return
	}
	o.over = true
	o.err = err
	close(o.done)
}
