package storetest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coatcheck/sessionstore"
)

// concurrentLinearizable lets one writer count up in one session, with a
// deletion now and then, while readers and touchers use it through several
// Stores. With a single writer, linearizability has a simple test: a read
// returns a state no older than the last one that was acknowledged before it
// began, no newer than the last one begun before it ended, and no older than
// what a read before it returned.
func concurrentLinearizable(t T, h *Harness) {
	s := h.New(t)
	stores := []sessionstore.Store{s, s}
	if h.Peer != nil {
		stores = append(stores, h.Peer(t, s))
	}
	r := &register{t: t, h: h, id: sessionstore.NewID(), stop: make(chan struct{})}
	r.write(s, 1)

	var wait sync.WaitGroup
	for _, store := range stores {
		wait.Go(func() { r.read(store) })
		wait.Go(func() { r.touch(store) })
	}
	const states = 300
	for state := uint64(2); state <= states; state++ {
		r.write(stores[state%uint64(len(stores))], state)
		time.Sleep(10 * time.Microsecond) // so that each state can be read
	}
	close(r.stop)
	wait.Wait()
}

// register is a session whose data is the number of its state. Every tenth
// state is its absence.
type register struct {
	t    T
	h    *Harness
	id   string
	stop chan struct{}

	begun, acked, seen atomic.Uint64 // the highest state of each kind
}

func absent(state uint64) bool { return state%10 == 0 }

func (r *register) write(s sessionstore.Store, state uint64) {
	r.begun.Store(state)
	data := binary.BigEndian.AppendUint64(nil, state)
	switch {
	case absent(state):
		mustDelete(r.t, s, r.id)
	case r.h.DeleteIsFinal && absent(state-1):
		if err := sessionstore.Create(within(r.t, opTimeout), s, r.id, data, long); err != nil {
			r.t.Fatalf("Create after a Delete: %v", err)
		}
	default:
		mustSet(r.t, s, r.id, data, long)
	}
	r.acked.Store(state)
}

func (r *register) read(s sessionstore.Store) {
	ctx := within(r.t, ruleTimeout)
	for !stopped(r.stop) {
		oldest := max(r.acked.Load(), r.seen.Load())
		got, err := s.Get(ctx, r.id)
		newest := r.begun.Load()
		if err != nil && !errors.Is(err, sessionstore.ErrNotFound) {
			r.t.Errorf("Get: %v", err)
			return
		}
		state, ok := match(got, err, oldest, newest)
		if !ok {
			r.t.Errorf("Get returned state %s (error %v), want one from %d, which was acknowledged or seen before it began, to %d",
				brief(got), err, oldest, newest)
			return
		}
		raise(&r.seen, state)
		time.Sleep(time.Microsecond) // a fake clock moves on
	}
}

// match returns the oldest state from oldest to newest that a Get with this
// result may have seen.
func match(got []byte, err error, oldest, newest uint64) (uint64, bool) {
	for state := oldest; state <= newest; state++ {
		if absent(state) && err != nil {
			return state, true
		}
		if !absent(state) && err == nil && bytes.Equal(got, binary.BigEndian.AppendUint64(nil, state)) {
			return state, true
		}
	}
	return 0, false
}

// touch must never write data or bring the session back; the readers would
// see it.
func (r *register) touch(s sessionstore.Store) {
	ctx := within(r.t, ruleTimeout)
	for !stopped(r.stop) {
		err := s.Touch(ctx, r.id, long)
		if err != nil && !errors.Is(err, sessionstore.ErrNotFound) {
			r.t.Errorf("Touch: %v", err)
			return
		}
		time.Sleep(time.Microsecond)
	}
}

// stopped reports whether stop is closed.
func stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}

// raise sets v to state unless it is higher already.
func raise(v *atomic.Uint64, state uint64) {
	for {
		old := v.Load()
		if state <= old || v.CompareAndSwap(old, state) {
			return
		}
	}
}
