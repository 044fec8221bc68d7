package bolt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// TestListPages lists numbers and sizes of sessions around the limits of a page.
func TestListPages(t *testing.T) {
	const half = listBytes / 2
	for _, test := range []struct {
		name            string
		sessions, bytes int // of each
		want            []int
	}{
		{"none", 0, 0, []int{0}},
		{"below the number", listRecords - 1, 1, []int{listRecords - 1}},
		{"the number", listRecords, 1, []int{listRecords}},
		{"above the number", listRecords + 1, 1, []int{listRecords, 1}},
		{"far above", 3*listRecords + 1, 1, []int{listRecords, listRecords, listRecords, 1}},
		{"below the bytes", 3, half - 1, []int{2, 1}},
		{"the bytes", 3, half, []int{2, 1}},
		{"above the bytes", 3, half + 1, []int{1, 1, 1}},
		{"the largest", 2, sessionstore.MaxDataBytes, []int{1, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openTest(t)
			fillTable(t, s, "", test.sessions, test.bytes, time.Hour)
			var got []int
			run := runOf("")
			for from := run; from != nil; {
				p, err := s.page(t.Context(), run, from)
				if err != nil {
					t.Fatal(err)
				}
				if p.bytes > listBytes {
					t.Errorf("got a page of %d bytes, want at most %d", p.bytes, listBytes)
				}
				got, from = append(got, len(p.listed)), p.next
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got pages of %d sessions, want %d", got, test.want)
			}
			checkListed(t, s, test.sessions)
		})
	}
}

// checkListed fails unless All yields that many sessions, each once and in order.
func checkListed(t *testing.T, s *Store, want int) {
	t.Helper()
	got, last := 0, ""
	for session, err := range s.All(t.Context()) {
		if err != nil || session.ID <= last || session.Data == nil {
			t.Errorf("All: got %q after %q, with data %v, %v", session.ID, last, session.Data != nil, err)
		}
		got, last = got+1, session.ID
	}
	if got != want {
		t.Errorf("All: got %d sessions, want %d", got, want)
	}
}

// TestListLeaps lists namespaces that lie among each other's keys.
func TestListLeaps(t *testing.T) {
	s := openTest(t)
	a := namespace(t, s, "a")
	stores := map[string]*Store{"root": s, "a": a}
	for _, name := range []string{"-", ".", "0", "9", "A", "Z", "_", "z", "~", "a", "b"} {
		stores["a:"+name] = namespace(t, a, name)
		stores["a:m:"+name] = namespace(t, namespace(t, a, "m"), name)
	}
	ids := []string{"-", ".", "0", "9", "A", "Z", "_", "a", "b", "m", "m-", "mm", "m~", "z", "~"}
	for _, s := range stores {
		for _, id := range ids {
			set(t, s, id)
		}
	}
	slices.Sort(ids)
	for name, s := range stores {
		var got []string
		for session, err := range s.All(t.Context()) {
			if err != nil || string(session.Data) != session.ID {
				t.Errorf("%s: got %q, %v", name, session.Data, err)
			}
			got = append(got, session.ID)
		}
		if !slices.Equal(got, ids) {
			t.Errorf("%s: got %q, want %q", name, got, ids)
		}
	}
	for i := range 2*listRecords + 1 { // leaps count, so that a page of them ends
		set(t, namespace(t, a, fmt.Sprintf("many%d", i)), "inner")
	}
	checkListed(t, a, len(ids))
}

// TestListWriter writes, deletes and lists from inside an iteration, so much
// that the file grows: that would wait for ever for a read transaction of the
// same goroutine.
func TestListWriter(t *testing.T) {
	eachOwner(t, func(t *testing.T, s *Store) {
		fillTable(t, s, "", 2*listRecords, 10, time.Hour)
		ended := make(chan bool)
		go func() {
			defer close(ended)
			n := 0
			for session, err := range s.All(t.Context()) {
				if n++; n%20 == 0 {
					err = errors.Join(err, s.Set(t.Context(), "0", make([]byte, sessionstore.MaxDataBytes), time.Hour),
						s.Delete(t.Context(), session.ID))
				}
				if err != nil {
					t.Error(err)
				}
			}
		}()
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Fatal("the iteration hangs")
		}
		checkListed(t, s, 2*listRecords+1-10)
	})
}

// TestListDuringTouch lists a session whose deadline passes while the Touch that
// found it alive is on its way to the disk: it lives throughout.
func TestListDuringTouch(t *testing.T) {
	s := openTest(t)
	set(t, s, "b")
	if err := s.Set(t.Context(), "a", []byte("a"), 200*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	touched, released := make(chan error), make(chan bool)
	release := sync.OnceFunc(func() { close(released) })
	defer release()
	touch := make(chan error, 1)
	go func() {
		touch <- s.core.submit(t.Context(), &op{kind: opWrite, apply: func(t table, now int64) (bool, error) {
			key := recordKey("", "a")
			r, err := t.live(key, now)
			if err == nil {
				err = t.touch(key, r, deadline(now, time.Hour))
			}
			touched <- err
			<-released
			return true, err
		}})
	}()
	if <-touched != nil {
		t.Skip("too slow: the session was over before the test began")
	}
	time.Sleep(205 * time.Millisecond) // its first deadline passes
	got := make(chan string, 1)
	go func() { got <- contents(t, s) }()
	waiting(t, s, 1)
	release()
	if err := <-touch; err != nil {
		t.Fatal(err)
	}
	if got := <-got; got != "a=a b=b" {
		t.Errorf("All: got %q, want the session that never ended, too", got)
	}
}

// TestListEnds ends the context, or the store, while All runs: that is the last
// thing it yields.
func TestListEnds(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(s *Store, cancel func())
		want error
		at   int // what may still be yielded before
	}{
		"cancel": {func(_ *Store, cancel func()) { cancel() }, context.Canceled, 1},
		"Close":  {func(s *Store, _ func()) { s.Close() }, sessionstore.ErrClosed, listRecords},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTest(t)
			fillTable(t, s, "", listRecords+1, 1, time.Hour)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var yielded []error
			for _, err := range s.All(ctx) {
				yielded = append(yielded, err)
				test.end(s, cancel)
			}
			n := len(yielded) - 1
			if n != test.at || !errors.Is(yielded[n], test.want) {
				t.Errorf("got %d sessions and then %v, want %d and %v", n, yielded[n], test.at, test.want)
			}
		})
	}
}

// fillTable puts sessions into a namespace, by one transaction.
func fillTable(t *testing.T, s *Store, namespace string, sessions, bytes int, ttl time.Duration) {
	t.Helper()
	change(t, s, func(table table) error {
		for i := range sessions {
			key := recordKey(namespace, fmt.Sprintf("session-%d", i))
			if err := table.set(key, newValue(make([]byte, bytes)), deadline(now(), ttl)); err != nil {
				return err
			}
		}
		return nil
	})
}
