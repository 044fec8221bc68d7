package httpsession_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"

	"github.com/coatcheck/sessionstore"
)

// TestNoUpdateIsLost: parallel requests of one browser, in two processes.
func TestNoUpdateIsLost(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, one, two sessionstore.Store) {
		ms := []*manager{newManager(t, one, options{Timeout: maxWait}), newManager(t, two, options{Timeout: maxWait})}
		b := newBrowser(t, ms[0])
		must(t, b.start("ada"))
		const requests = 50
		var wg sync.WaitGroup
		errs := make(chan error, requests)
		for i := range requests {
			wg.Go(func() {
				c := &browser{t: t, m: ms[i%2], cookie: b.cookie}
				errs <- c.count()
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			must(t, err)
		}
		if got, _ := b.value(); got.Visits != requests {
			t.Errorf("got %d visits, want %d", got.Visits, requests)
		}
	})
}

// TestOneRequestUpdatesInParallel: Value sees the newest state, whichever call
// returns last.
func TestOneRequestUpdatesInParallel(t *testing.T) {
	m := newManager(t, newMemory(t), options{Timeout: maxWait})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := m.Update(r, countVisit); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got, _ := m.Value(r); got.Visits != 20 {
			t.Errorf("got %d visits, want 20", got.Visits)
		}
	})
}

// TestOlderReplyComesLater: a request's first update is stored, then its second,
// and the second returns first.
func TestOlderReplyComesLater(t *testing.T) {
	var meanwhile func()
	s := sessionstore.Observe(newMemory(t), func(_ context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		if then := meanwhile; then != nil && op.Name == "CompareAndSwap" {
			meanwhile = nil
			return nil, func(sessionstore.Outcome) { then() }
		}
		return nil, nil
	})
	m := newManager(t, s, options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		meanwhile = func() { must(t, m.Update(r, countVisit)) }
		must(t, m.Update(r, countVisit))
		if got, _ := m.Value(r); got.Visits != 2 {
			t.Errorf("got %d visits, want 2", got.Visits)
		}
	})
}

// TestUpdateMayAskTheManager: no lock is held while the function runs.
func TestUpdateMayAskTheManager(t *testing.T) {
	m := newManager(t, newMemory(t), options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		must(t, m.Update(r, func(v *visitor) error {
			before, _ := m.Value(r)
			v.Visits = before.Visits + 2
			return nil
		}))
	})
	if got, _ := b.value(); got.Visits != 2 {
		t.Errorf("got %d visits, want 2", got.Visits)
	}
}

// TestSlowRequestCannotUndoALogout is the logout race.
func TestSlowRequestCannotUndoALogout(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, one, two sessionstore.Store) {
		here, there := newManager(t, one, options{}), newManager(t, two, options{})
		b := newBrowser(t, here)
		must(t, b.start("ada"))
		cookie := b.cookie
		b.with(cookie).visit(func(w http.ResponseWriter, r *http.Request) {
			must(t, (&browser{t: t, m: there, cookie: cookie}).end())
			wantNoSession(t, "Update after the logout", here.Update(r, countVisit))
			if _, ok := here.Value(r); ok {
				t.Error("Value: got a session that Update did not find")
			}
			wantNoSession(t, "Renew after the logout", here.Renew(w, r))
		})
		b.with(cookie).wantNone()
	})
}

// TestUpdateErrors: an error of the function is returned as it is, and nothing
// is stored.
func TestUpdateErrors(t *testing.T) {
	m := newManager(t, newMemory(t), options{Owner: userOf})
	b := newBrowser(t, m)
	wantNoSession(t, "Update without a session", b.count())
	must(t, b.start("ada"))
	own := errors.Join(errors.New("not today"), sessionstore.ErrConflict, sessionstore.ErrNotFound)
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		calls := 0
		err := m.Update(r, func(v *visitor) error {
			calls++
			v.Visits = 99
			return own
		})
		if err != own || calls != 1 {
			t.Errorf("got error %v after %d calls, want the function's after one", err, calls)
		}
		if got, _ := m.Value(r); got.Visits != 0 {
			t.Errorf("Value: got %d visits, want none", got.Visits)
		}
		err = m.Update(r, func(v *visitor) error {
			v.User = "grace"
			return nil
		})
		if err == nil || errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("another owner: got error %v, want a refusal", err)
		}
	})
	if got, _ := b.value(); got != (visitor{User: "ada"}) {
		t.Errorf("got %+v stored, want ada without visits", got)
	}
}
