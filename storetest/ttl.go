package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// shortTTL is a ttl that the store keeps without rounding, that a test can wait
// for, and within which a busy machine gets a few operations done.
func shortTTL(h *Harness) time.Duration {
	return roundUp(700*time.Millisecond, h.TTLResolution)
}

func ttlInvalid(t T, h *Harness) {
	s := h.New(t)
	stored, absent := sessionstore.NewID(), sessionstore.NewID()
	mustSet(t, s, stored, []byte("stored"), long)
	for _, ttl := range []time.Duration{0, -1, -time.Hour, -1 << 63, sessionstore.MaxTTL + 1, 1<<63 - 1} {
		for _, id := range []string{stored, absent} {
			err := s.Set(within(t, opTimeout), id, []byte("x"), ttl)
			wantError(t, err, sessionstore.ErrInvalidTTL, fmt.Sprintf("Set with ttl %d", ttl))
			err = s.Touch(within(t, opTimeout), id, ttl)
			wantError(t, err, sessionstore.ErrInvalidTTL, fmt.Sprintf("Touch with ttl %d", ttl))
		}
		wantData(t, s, stored, []byte("stored"), "after an invalid ttl")
		wantMiss(t, s, absent, "after an invalid ttl")
	}
}

// ttlNotEarly watches sessions of short ttl that begin at different moments of
// a second, and looks once at ttls that are long enough to overflow something.
func ttlNotEarly(t T, h *Harness) {
	s := h.New(t)
	const day = 24 * time.Hour
	for _, ttl := range []time.Duration{
		time.Minute, day, 30*day - time.Second, 30 * day, 30*day + time.Second, 31 * day, 365 * day, sessionstore.MaxTTL,
	} {
		id := sessionstore.NewID()
		mustSet(t, s, id, []byte("long"), ttl)
		time.Sleep(time.Millisecond) // so that a deadline in the past has passed
		wantData(t, s, id, []byte("long"), fmt.Sprintf("just after a Set for %v", ttl))
		mustTouch(t, s, id, ttl)
		time.Sleep(time.Millisecond)
		wantData(t, s, id, []byte("long"), fmt.Sprintf("just after a Touch for %v", ttl))
	}
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			time.Sleep(time.Duration(i) * 230 * time.Millisecond)
			aliveUntil(t, s, shortTTL(h), setFor)
		})
		wait.Go(func() {
			time.Sleep(time.Duration(i) * 190 * time.Millisecond)
			aliveUntil(t, s, shortTTL(h)+h.TTLResolution/2, touchFor)
		})
	}
	wait.Wait()
}

// A write starts a session that ends after ttl, and returns a time before
// which the ttl did not begin.
type write func(t T, s sessionstore.Store, id string, ttl time.Duration) (begin time.Time, err error)

func setFor(t T, s sessionstore.Store, id string, ttl time.Duration) (time.Time, error) {
	begin := time.Now()
	return begin, s.Set(within(t, opTimeout), id, []byte("alive"), ttl)
}

func touchFor(t T, s sessionstore.Store, id string, ttl time.Duration) (time.Time, error) {
	if err := s.Set(within(t, opTimeout), id, []byte("alive"), long); err != nil {
		return time.Time{}, err
	}
	begin := time.Now()
	return begin, s.Touch(within(t, opTimeout), id, ttl)
}

// aliveUntil fails when a session is gone before its ttl has passed. A Get
// that came back after the deadline proves nothing: it is repeated on a new
// session, with more time.
func aliveUntil(t T, s sessionstore.Store, ttl time.Duration, w write) {
	for range 5 {
		id := sessionstore.NewID()
		begin, err := w(t, s, id, ttl)
		if err != nil {
			t.Errorf("writing a session for %v: %v", ttl, err)
			return
		}
		proven, early := watch(t, s, id, begin, ttl)
		if early != nil {
			t.Errorf("a session of %v is gone early: %v", ttl, early)
			return
		}
		if proven {
			return
		}
		ttl *= 2
	}
	t.Errorf("no Get came back in the last third of a session's ttl: store or machine are too slow to judge")
}

// watch reads a session until its ttl has passed. It returns whether a Get saw
// it in the last third, and what a Get that was back in time saw instead.
func watch(t T, s sessionstore.Store, id string, begin time.Time, ttl time.Duration) (proven bool, early error) {
	for {
		got, err := s.Get(within(t, opTimeout), id)
		passed := time.Since(begin)
		switch {
		case passed >= ttl:
			return proven, nil
		case err != nil:
			return false, fmt.Errorf("after %v: %w", passed, err)
		case !bytes.Equal(got, []byte("alive")):
			return false, fmt.Errorf("after %v: got %s", passed, brief(got))
		}
		proven = proven || passed > ttl*2/3
		time.Sleep(ttl / 30)
	}
}

// ttlNotLate looks at sessions as soon as they must be gone.
func ttlNotLate(t T, h *Harness) {
	s := h.New(t)
	var wait sync.WaitGroup
	for i, ttl := range []time.Duration{1, 1500 * time.Microsecond, shortTTL(h), shortTTL(h) + h.TTLResolution/2} {
		for name, w := range map[string]write{"Set": setFor, "Touch": touchFor} {
			wait.Go(func() {
				time.Sleep(time.Duration(i) * 130 * time.Millisecond)
				id := sessionstore.NewID()
				_, err := w(t, s, id, ttl)
				if err != nil {
					// A ttl so short may lapse before the call returns, which a
					// store may only tell by a miss later: it is never an error.
					t.Errorf("%s for %v: %v", name, ttl, err)
					return
				}
				time.Sleep(roundUp(ttl, h.TTLResolution) + h.TTLSlack)
				wantMiss(t, s, id, fmt.Sprintf("%s for %v, rounded up and with its slack", name, ttl))
			})
		}
	}
	wait.Wait()
}

// ttlSwept uses the id of an expired session that nothing has swept.
func ttlSwept(t T, h *Harness) {
	s := h.New(t)
	expired := func(ttl time.Duration) string {
		id := sessionstore.NewID()
		mustSet(t, s, id, []byte("expired"), ttl)
		return id
	}
	read, touched, deleted, set := expired(shortTTL(h)), expired(shortTTL(h)), expired(shortTTL(h)), expired(shortTTL(h))
	time.Sleep(shortTTL(h) + h.TTLSlack)

	wantMiss(t, s, read, "Get of an expired session that nothing has swept")
	err := s.Touch(within(t, opTimeout), touched, long)
	wantError(t, err, sessionstore.ErrNotFound, "Touch of an expired session that nothing has swept")
	mustDelete(t, s, deleted)
	mustSet(t, s, set, []byte("new"), long)
	wantData(t, s, set, []byte("new"), "Set over an expired session that nothing has swept")
	for _, id := range []string{read, touched, deleted} {
		wantMiss(t, s, id, "an expired session after a Get, a Touch and a Delete")
	}
}

func touchLive(t T, h *Harness) {
	s := h.New(t)
	short := shortTTL(h)
	later, earlier, empty := sessionstore.NewID(), sessionstore.NewID(), sessionstore.NewID()
	mustSet(t, s, later, []byte("later"), short)
	mustTouch(t, s, later, long)
	mustSet(t, s, earlier, []byte("earlier"), long)
	mustTouch(t, s, earlier, short)
	mustSet(t, s, empty, nil, long)
	mustTouch(t, s, empty, long)
	wantData(t, s, later, []byte("later"), "after a Touch")
	wantData(t, s, empty, nil, "after a Touch of a session without data")
	time.Sleep(short + h.TTLSlack)
	wantData(t, s, later, []byte("later"), "after the first deadline, which Touch had moved away")
	wantMiss(t, s, earlier, "after the deadline to which Touch had moved")
}

func touchNoRevival(t T, h *Harness) {
	s := h.New(t)
	absent, deleted, expired := sessionstore.NewID(), sessionstore.NewID(), sessionstore.NewID()
	mustSet(t, s, deleted, []byte("deleted"), long)
	mustDelete(t, s, deleted)
	mustSet(t, s, expired, []byte("expired"), shortTTL(h))
	time.Sleep(shortTTL(h) + h.TTLSlack)
	for name, id := range map[string]string{"absent": absent, "deleted": deleted, "expired": expired} {
		err := s.Touch(within(t, opTimeout), id, long)
		if !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("Touch of a session that is %s: got error %v, want ErrNotFound", name, err)
		}
		wantMiss(t, s, id, "after a Touch of a session that is "+name)
	}
}
