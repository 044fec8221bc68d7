package bolt

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

// TestClearBatches clears numbers of records around the size of a batch and
// counts the commits. The records of namespaces are among them.
func TestClearBatches(t *testing.T) {
	for _, test := range []struct{ records, commits int }{
		{0, 0}, {1, 1}, {maxBatch - 1, 1}, {maxBatch, 1}, {maxBatch + 1, 2}, {3*maxBatch + 1, 4},
	} {
		t.Run(fmt.Sprint(test.records), func(t *testing.T) {
			s := openTest(t)
			fillTable(t, s, "", test.records/2, 10, time.Hour)
			fillTable(t, s, "a:b", test.records-test.records/2, 10, -time.Hour)
			before := txid(t, s)
			if err := s.Clear(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := txid(t, s) - before; got != test.commits {
				t.Errorf("got %d commits, want %d", got, test.commits)
			}
			if got := keys(t, s); got != 1 {
				t.Errorf("got %d keys, want that of the layout alone", got)
			}
			checkSound(t, s)
		})
	}
}

// TestClearNamespace clears one namespace: those nested in it go, too, and
// nothing else.
func TestClearNamespace(t *testing.T) {
	s := openTest(t)
	kept := []string{"", "A", "a-", "a.a", "aa", "b", "b:a"}
	for _, namespace := range append(kept, "a", "a:a", "a:a:a", "a:~") {
		fillTable(t, s, namespace, 7, 1, time.Hour)
	}
	if err := namespace(t, s, "a").Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := count(t, s, recordKind), 7*len(kept); got != want {
		t.Errorf("got %d records, want the %d of the others", got, want)
	}
	for _, path := range kept {
		checkListed(t, &Store{core: s.core, namespace: path}, 7)
	}
	checkSound(t, s)
}

// TestClearWreck clears a record that cannot be read. Its index entry goes when
// its time comes.
func TestClearWreck(t *testing.T) {
	s := openTest(t)
	set(t, s, "a")
	corrupt(t, s, "a")
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := second(s.Get(t.Context(), "a")); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get: got %v, want ErrNotFound", err)
	}
}

// TestClearEnds cancels Clear: what is left can be cleared later.
func TestClearEnds(t *testing.T) {
	s := newTest(t)
	fillTable(t, s, "", maxBatch, 1, time.Hour)
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cleared := make(chan error, 1)
	go func() { cleared <- s.Clear(ctx) }()
	waiting(t, s, 1)
	cancel()
	if err := <-cleared; !errors.Is(err, context.Canceled) {
		t.Errorf("Clear: got %v, want context.Canceled", err)
	}
	release(nil)
	checkListed(t, s, maxBatch)
	if err := s.Clear(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Clear: got %v, want context.Canceled", err)
	}
	checkListed(t, s, maxBatch)
	if err := s.Clear(t.Context()); err != nil {
		t.Error(err)
	}
	checkListed(t, s, 0)
}

// keys returns how many keys the bucket of s has.
func keys(t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.core.db.View(func(tx *bbolt.Tx) error {
		n = tx.Bucket(s.core.bucket).Stats().KeyN
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
