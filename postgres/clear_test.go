package postgres

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/relay"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// paths are namespaces whose names are near to each other in the order of
// their bytes; a has a:b, a:b:c, a:~, a:- in it and nothing else.
var paths = []string{"", "A", "Z", "_", "a", "a-", "a-:b", "a.", "a0", "a:-", "a:b", "a:b:c", "a:~", "aA", "aa", "a~", "a~:b", "b", "~", "~~"}

// fillPaths stores a record in every namespace, and one that has expired.
func fillPaths(t *testing.T, s *Store) {
	t.Helper()
	for _, path := range paths {
		n := &Store{core: s.core, namespace: path}
		if err := errors.Join(n.Set(t.Context(), "id", []byte(path), time.Hour), n.Set(t.Context(), "dead", nil, time.Microsecond)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestClearOnlyOwn clears each namespace, beside all the others.
func TestClearOnlyOwn(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	for _, path := range paths {
		fillPaths(t, s)
		if err := (&Store{core: s.core, namespace: path}).Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, other := range paths {
			inside := path == "" || other == path || len(other) > len(path) && other[:len(path)+1] == path+":"
			want := 2
			if inside {
				want = 0
			}
			if got := rows(t, s, fmt.Sprintf("namespace = '%s'", other)); got != want {
				t.Errorf("Clear of %q: got %d rows in %q, want %d", path, got, other, want)
			}
		}
	}
}

// TestClearBatches is a batch less than full, full, and one more; the second
// namespace begins within a batch.
func TestClearBatches(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	for _, n := range []int{0, 1, clearBatch - 1, clearBatch, clearBatch + 1, 3*clearBatch + 1} {
		fill(t, s, "live", n, "1 h", "1 h")
		fillPaths(t, s)
		if err := s.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := rows(t, s, "true"); got != 0 {
			t.Errorf("%d sessions: %d rows are left", n, got)
		}
	}
}

// TestClearBesideOthers: nothing that was there stays, whoever writes it
// meanwhile, and nobody gets an error.
func TestClearBesideOthers(t *testing.T) {
	levels(t, func(t *testing.T, s *Store) {
		const sessions = 300
		fill(t, s, "s", sessions, "1 h", "-1 s")
		stop := make(chan struct{})
		var wait sync.WaitGroup
		for w := range 4 {
			wait.Go(func() {
				for i := w; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					id := fmt.Sprintf("s%d", i%sessions+1)
					err := s.Touch(t.Context(), id, time.Hour)
					if w == 0 {
						err = s.Replace(t.Context(), id, []byte("new"), time.Hour)
					}
					if w == 1 {
						_, err = s.DeleteExpired(t.Context())
					}
					if err != nil && !errors.Is(err, sessionstore.ErrNotFound) {
						t.Errorf("%v", err)
					}
				}
			})
		}
		err := s.Clear(t.Context())
		close(stop)
		wait.Wait()
		if err != nil {
			t.Errorf("Clear: %v", err)
		}
		if got := rows(t, s, "true"); got != 0 {
			t.Errorf("%d rows are left", got)
		}
	})
}

// TestTablesApart: a table is cleared, listed and purged without its
// neighbours, in this schema and in another.
func TestTablesApart(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	others := neighbours(t, server.URL(), s)
	for _, other := range append(others, s) {
		if err := other.Set(t.Context(), "id", []byte(tableOf(other)), time.Hour); err != nil {
			t.Fatal(err)
		}
		fill(t, other.(*Store), "dead", 3, "-1 s", "-1 s")
	}
	if got, err := s.DeleteExpired(t.Context()); err != nil || got != 3 {
		t.Errorf("DeleteExpired: got %d and error %v, want 3", got, err)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, s, "true"); got != 0 {
		t.Errorf("%d rows are left", got)
	}
	for _, other := range others {
		if got := rows(t, other.(*Store), "true"); got != 4 {
			t.Errorf("%s: got %d rows, want 4", tableOf(other), got)
		}
		if got, err := listed(t.Context(), other, "id"); string(got) != tableOf(other) {
			t.Errorf("%s: got %q and error %v", tableOf(other), got, err)
		}
	}
}

// TestLostReplies: what removes many rows is a write, too.
func TestLostReplies(t *testing.T) {
	server := testserver.Postgres(t)
	r, err := relay.New(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	direct := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	s := lazy(t, at(t, server.URL(), r.Addr()), tableOf(direct))
	for name, remove := range map[string]func() error{
		"Clear":         func() error { return s.Clear(t.Context()) },
		"DeleteExpired": func() error { _, err := s.DeleteExpired(t.Context()); return err },
	} {
		use(t, s) // which makes the connection, and prepares the statements
		fill(t, direct, "dead", 10, "-1 s", "-1 s")
		r.LoseReply(func() { fill(t, direct, "new", 10, "-1 s", "-1 s") })
		if err := remove(); !errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("%s: got error %v, want ErrUnknownOutcome", name, err)
		}
		if got := rows(t, direct, "true"); got != 10 {
			t.Errorf("%s was sent again, or not at all: got %d rows, want 10", name, got)
		}
		if err := direct.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
