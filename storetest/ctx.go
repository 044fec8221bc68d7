package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

func ctxDone(t T, h *Harness) {
	s := h.New(t)
	id := sessionstore.NewID()
	mustSet(t, s, id, []byte("stored"), shortTTL(h)*4)
	begin := time.Now()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancelExpired := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancelExpired()
	for _, op := range supported(t, s) {
		wantError(t, op.call(cancelled, s, id), context.Canceled, op.name+" with a cancelled context")
		wantError(t, op.call(expired, s, id), context.DeadlineExceeded, op.name+" with an expired context")
		for _, ctx := range []context.Context{cancelled, expired} {
			if err := op.call(ctx, s, id); errors.Is(err, sessionstore.ErrUnknownOutcome) {
				t.Errorf("%s with a context that was done: got %v, but nothing was sent: the outcome is known", op.name, err)
			}
		}
	}
	if time.Since(begin) < shortTTL(h)*3 {
		wantData(t, s, id, []byte("stored"), "after operations whose contexts were done")
	}
	time.Sleep(shortTTL(h)*4 + h.TTLSlack)
	wantMiss(t, s, id, "after its deadline, which a Touch with a context that was done must not have moved")
}

func ctxDeadline(t T, h *Harness) {
	const d = 200 * time.Millisecond
	ended := func(t T) context.Context { return within(t, d) }
	if h.Via != nil {
		hangs(t, h, supported(t, h.New(t)), ended, d, context.DeadlineExceeded)
	}
	crowded(t, h, 20*time.Millisecond)
}

func ctxCancel(t T, h *Harness) {
	const d = 100 * time.Millisecond
	ended := func(t T) context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(d, cancel)
		t.Cleanup(func() { timer.Stop(); cancel() })
		return ctx
	}
	if h.Via != nil {
		hangs(t, h, operations, ended, d, context.Canceled)
		return
	}
	crowdedCancel(t, h)
}

// hangs calls each operation on a server that accepts and never answers, with
// and without an open connection. The context ends after d.
func hangs(t T, h *Harness, ops []operation, ended func(t T) context.Context, d time.Duration, want error) {
	for _, op := range ops {
		for _, open := range []bool{true, false} {
			scope(t, func(t T) {
				s, r := relayed(t, h)
				state := "before it was connected"
				if open {
					warm(t, s)
					state = "on an open connection"
				}
				r.Hang()
				when := fmt.Sprintf("%s, %s, of a server that hangs", op.name, state)
				begin := time.Now()
				err := op.call(ended(t), s, sessionstore.NewID())
				if late := time.Since(begin) - d; late > slack {
					t.Errorf("%s: returned %v after its context had ended, want at most %v", when, late, slack)
				}
				wantError(t, err, want, when)
				if op.write && open && !op.steps {
					wantError(t, err, sessionstore.ErrUnknownOutcome, when)
				}
				if !op.write && errors.Is(err, sessionstore.ErrUnknownOutcome) {
					t.Errorf("%s: got %v: a read has no outcome", when, err)
				}
				r.Pass()
				warm(t, s)
			})
		}
	}
}

// crowded sends more operations than the store can answer by their deadlines.
// Each must be back by then, done or not.
func crowded(t T, h *Harness, d time.Duration) {
	s := h.New(t)
	crowd(t, func(i int) {
		op := operations[i%len(operations)]
		begin := time.Now()
		err := op.call(within(t, d), s, fmt.Sprintf("crowd%d", i%8))
		if late := time.Since(begin) - d; late > slack {
			t.Errorf("%s in a crowd: returned %v after its deadline, want at most %v", op.name, late, slack)
		}
		if err != nil && !errors.Is(err, sessionstore.ErrNotFound) && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s in a crowd: got error %v, want none, ErrNotFound, or context.DeadlineExceeded", op.name, err)
		}
	})
}

func crowdedCancel(t T, h *Harness) {
	s := h.New(t)
	crowd(t, func(i int) {
		op := operations[i%len(operations)]
		ctx, cancel := context.WithCancel(t.Context())
		var at time.Time
		timer := time.AfterFunc(time.Duration(i)*50*time.Microsecond, func() { at = time.Now(); cancel() })
		err := op.call(ctx, s, fmt.Sprintf("crowd%d", i%8))
		back := time.Now()
		if timer.Stop() {
			cancel()
			return // it was back before
		}
		<-ctx.Done()
		if late := back.Sub(at); late > slack {
			t.Errorf("%s in a crowd: returned %v after it was cancelled, want at most %v", op.name, late, slack)
		}
		if err != nil && !errors.Is(err, sessionstore.ErrNotFound) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s in a crowd: got error %v, want none, ErrNotFound, or context.Canceled", op.name, err)
		}
	})
}

// crowd calls f at the same time with 0 to 63.
func crowd(_ T, f func(i int)) {
	var wait sync.WaitGroup
	for i := range 64 {
		wait.Go(func() { f(i) })
	}
	wait.Wait()
}

// ctxReplies cancels thousands of Gets at any moment of theirs. Each session's
// data tells whose it is.
func ctxReplies(t T, h *Harness) {
	s := h.New(t)
	ids := make([]string, 16)
	for i := range ids {
		ids[i] = sessionstore.NewID()
		mustSet(t, s, ids[i], pattern(ids[i], 200), long)
	}
	const callers, calls = 8, 500
	var wait sync.WaitGroup
	for range callers {
		wait.Go(func() {
			for range calls {
				id := ids[rand.IntN(len(ids))]
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(1500))*time.Microsecond)
				got, err := s.Get(ctx, id)
				cancel()
				if err == nil && !bytes.Equal(got, pattern(id, 200)) {
					t.Errorf("Get returned the data of another session")
					return
				}
				if errors.Is(err, sessionstore.ErrNotFound) {
					t.Errorf("a Get whose deadline may have passed returned %v for a session that is there", err)
					return
				}
			}
		})
	}
	wait.Wait()
	for _, id := range ids {
		wantData(t, s, id, pattern(id, 200), "after thousands of cancelled Gets")
	}
}
