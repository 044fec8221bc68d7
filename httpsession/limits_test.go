package httpsession_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// TestLimits moves the application's clock; the stores' own is not far.
func TestLimits(t *testing.T) {
	const idle, absolute = 20 * time.Minute, time.Hour
	const rest = 15 * time.Second // for which the store, by its own clock, keeps what is then written
	onEveryBackend(t, func(t *testing.T, a, _ sessionstore.Store) {
		c := newClock()
		m := newManager(t, a, options{Idle: idle, Absolute: absolute, Now: c.Now})
		begin := func(t *testing.T) *browser {
			b := newBrowser(t, m)
			must(t, b.start("ada"))
			return b
		}
		t.Run("idle", func(t *testing.T) {
			before, at := begin(t), begin(t)
			c.advance(idle - time.Millisecond)
			before.wantUser("ada")
			c.advance(time.Millisecond)
			at.wantNone()
			wantNoSession(t, "Renew at the idle limit", at.renew())
			wantNoSession(t, "Update at the idle limit", at.count())
			before.wantUser("ada") // it was used
		})
		t.Run("absolute", func(t *testing.T) {
			b := begin(t)
			for range 5 { // in use all the time, and renewed
				c.advance(10 * time.Minute)
				must(t, b.count())
				must(t, b.renew())
			}
			c.advance(10*time.Minute - rest)
			b.wantUser("ada")
			must(t, b.count())
			c.advance(rest - time.Millisecond)
			b.wantUser("ada")
			c.advance(time.Millisecond)
			b.wantNone()
		})
		t.Run("within a request", func(t *testing.T) {
			b := begin(t)
			b.visit(func(w http.ResponseWriter, r *http.Request) {
				c.advance(absolute)
				wantNoSession(t, "Update", m.Update(r, countVisit))
				wantNoSession(t, "Renew", m.Renew(w, r))
			})
		})
	})
}

// TestStoreEndsSessions: the store forgets a session at the limits, whether or
// not anybody asks.
func TestStoreEndsSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemory(t)
		m := newManager(t, s, options{Idle: 20 * time.Minute, Absolute: 30 * time.Minute})
		stored := func() (n int) {
			for range sessionstore.All(t.Context(), s) {
				n++
			}
			return n
		}
		b := newBrowser(t, m)
		must(t, b.start("ada"))
		time.Sleep(20*time.Minute - time.Millisecond)
		if stored() != 1 {
			t.Error("the session was gone before the idle limit")
		}
		b.wantUser("ada")
		time.Sleep(10 * time.Minute) // what is left of the absolute limit
		time.Sleep(2 * time.Millisecond)
		if stored() != 0 {
			t.Error("the session was there after the absolute limit")
		}
		must(t, b.start("ada"))
		must(t, b.renew())
		time.Sleep(20 * time.Minute)
		if stored() != 0 {
			t.Error("the session was there after the idle limit")
		}
	})
}

// TestAbsoluteIsShortened: a shorter limit holds for the sessions that there are,
// in all that is asked and shown. A longer one does not.
func TestAbsoluteIsShortened(t *testing.T) {
	for _, owner := range []func(visitor) string{nil, userOf} {
		c := newClock()
		s := newMemory(t)
		before := newManager(t, s, options{Absolute: 12 * time.Hour, Owner: owner, Now: c.Now})
		after := newManager(t, s, options{Absolute: time.Hour, Owner: owner, Now: c.Now})
		began := c.Now().UTC().Truncate(time.Millisecond)
		b, other := signedIn(t, before, "ada"), signedIn(t, before, "ada")
		b.m, other.m = after, after
		c.advance(20 * time.Minute)
		other.wantUser("ada")
		b.visit(func(w http.ResponseWriter, r *http.Request) {
			if got, _ := after.Current(r); !got.Ends.Equal(began.Add(time.Hour)) {
				t.Errorf("Current: got the end %v after the start, want 1h", got.Ends.Sub(began))
			}
		})
		renewal := b.visit(func(w http.ResponseWriter, r *http.Request) { must(t, after.Renew(w, r)) })
		if got := cookieOf(t, renewal).MaxAge; got != 40*60 {
			t.Errorf("Renew after 20 minutes: got Max-Age %d, want 2400", got)
		}
		if owner != nil {
			b.wantListed(2)
		}
		c.advance(20 * time.Minute)
		must(t, b.count())
		other.wantUser("ada")
		c.advance(20*time.Minute - time.Millisecond)
		b.wantUser("ada")
		if owner != nil {
			b.wantListed(2)
		}
		c.advance(time.Millisecond)
		b.wantNone()
		other.wantNone()
		wantNoSession(t, "Renew at the shorter limit", other.renew())
		b.m = before
		b.wantNone() // it was written with the shorter limit
	}
}

func TestCurrentTellsTheTimes(t *testing.T) {
	c := newClock()
	m := newManager(t, newMemory(t), options{Idle: 20 * time.Minute, Absolute: 30 * time.Minute, Now: c.Now})
	b := newBrowser(t, m)
	began := c.Now().UTC().Truncate(time.Millisecond)
	must(t, b.start("ada"))
	want := func(seen, idleEnds time.Time) {
		t.Helper()
		b.visit(func(_ http.ResponseWriter, r *http.Request) {
			got, ok := m.Current(r)
			if !ok || !got.Current || got.Value.User != "ada" {
				t.Fatalf("got %+v, %v, want ada's session", got.Value, ok)
			}
			if !got.Created.Equal(began) || !got.Seen.Equal(seen) || !got.IdleEnds.Equal(idleEnds) || !got.Ends.Equal(began.Add(30*time.Minute)) {
				t.Errorf("got created %v, seen %v, idle ends %v, ends %v", got.Created, got.Seen, got.IdleEnds, got.Ends)
			}
		})
	}
	want(began, began.Add(20*time.Minute))
	c.advance(15 * time.Minute)
	want(began.Add(15*time.Minute), began.Add(30*time.Minute))
	b.with("").visit(func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := m.Current(r); ok {
			t.Errorf("without a session: got %+v", got)
		}
	})
}
