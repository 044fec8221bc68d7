package bolt

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

// TestSweepBatches sweeps numbers of expired sessions around the size of a
// batch, with live ones among them, and counts the commits.
func TestSweepBatches(t *testing.T) {
	for _, test := range []struct{ expired, commits int }{
		{0, 0}, {1, 1}, {maxBatch - 1, 1}, {maxBatch, 1}, {maxBatch + 1, 2}, {3*maxBatch + 1, 4},
	} {
		t.Run(fmt.Sprint(test.expired), func(t *testing.T) {
			s := openTest(t)
			change(t, s, func(table table) error {
				for i := range test.expired {
					if err := table.set(recordKey("", fmt.Sprintf("expired-%d", i)), newValue(nil), now()-int64(i)); err != nil {
						return err
					}
				}
				return table.set(recordKey("", "live"), newValue(nil), now()+int64(time.Hour))
			})
			before := txid(t, s)
			sweep(t, s)
			if got := txid(t, s) - before; got != test.commits {
				t.Errorf("got %d commits, want %d", got, test.commits)
			}
			if got := count(t, s, recordKind); got != 1 {
				t.Errorf("got %d records, want the live one", got)
			}
			checkSound(t, s)
		})
	}
}

// TestSweepIsLazy checks when an index entry moves: not with a Touch or a Set
// that moves the deadline on; with one that moves it before the entry; and when
// the sweeper meets the entry of a live session.
func TestSweepIsLazy(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	entry := func() int64 {
		t.Helper()
		checkSound(t, s)
		return stored(t, s, "a").sweep
	}
	if err := s.Set(ctx, "a", nil, time.Hour); err != nil {
		t.Fatal(err)
	}
	first := entry()
	if got := stored(t, s, "a").deadline; got != first {
		t.Errorf("Set: got an entry at %d, want it at the deadline, %d", first, got)
	}
	if err := s.Touch(ctx, "a", 2*time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := entry(); got != first {
		t.Error("a later Touch moved the entry")
	}
	if err := s.Set(ctx, "a", []byte("data"), 3*time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := entry(); got != first {
		t.Error("a later Set moved the entry")
	}
	if err := s.Touch(ctx, "a", time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := entry(); got >= first || got != stored(t, s, "a").deadline {
		t.Error("an earlier Touch did not move the entry to the deadline")
	}
	if err := s.Set(ctx, "a", []byte("data"), time.Second); err != nil {
		t.Fatal(err)
	}
	if got := entry(); got != stored(t, s, "a").deadline {
		t.Error("an earlier Set did not move the entry to the deadline")
	}
	change(t, s, func(table table) error { // as after an hour of touches
		return table.replace(recordKey("", "a"), newValue([]byte("data")), entryOf(t, table, "a"), now()+int64(time.Hour))
	})
	change(t, s, func(table table) error { return moveEntry(table, "a", now()-1) })
	sweep(t, s)
	if got := entry(); got != stored(t, s, "a").deadline {
		t.Error("the sweeper did not move the entry to the deadline")
	}
	if data, err := s.Get(ctx, "a"); string(data) != "data" || err != nil {
		t.Errorf("Get after the sweep: got %q, %v", data, err)
	}
	if err := s.Delete(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if got := count(t, s, sweepKind); got != 0 {
		t.Errorf("Delete left %d index entries", got)
	}
}

// TestSweepStrange sweeps entries that fit no record, and one of a record that
// cannot be read: that one stays, is reported, and does not hold the sweep up.
func TestSweepStrange(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	set(t, s, "live")
	wreck := recordKey("", "wreck")
	change(t, s, func(table table) error {
		return errors.Join(
			table.b.Put([]byte("s"), nil),
			table.b.Put([]byte("s\x80"), nil),
			table.b.Put(sweepKey(now()-2, recordKey("", "gone")), nil),
			table.b.Put(sweepKey(now()-1, recordKey("", "live")), nil),
			table.b.Put(sweepKey(now()-1, wreck), nil),
			table.b.Put(wreck, []byte("?")),
		)
	})
	if err := s.core.sweep(ctx); !errors.Is(err, sessionstore.ErrCorrupt) {
		t.Errorf("sweep: got %v, want ErrCorrupt", err)
	}
	sweep(t, s) // the wreck's turn is a day off
	if _, err := s.Get(ctx, "wreck"); !errors.Is(err, sessionstore.ErrCorrupt) {
		t.Errorf("Get: got %v, want ErrCorrupt", err)
	}
	if got := count(t, s, sweepKind); got != 2 {
		t.Errorf("got %d index entries, want those of the live session and the wreck", got)
	}
	if err := s.Delete(ctx, "wreck"); err != nil {
		t.Error(err)
	}
}

// TestSweepRandom mixes writes of every kind and sweeps; nothing is lost, nothing
// leaks.
func TestSweepRandom(t *testing.T) {
	root, ctx := openTest(t), t.Context()
	stores := []*Store{root, namespace(t, root, "a"), namespace(t, namespace(t, root, "a"), "b")}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 400 {
		s, id, ttl := stores[r.IntN(3)], fmt.Sprint(r.IntN(8)), time.Duration(1+r.IntN(int(20*time.Millisecond)))
		other, data := fmt.Sprint(r.IntN(8)), []byte(fmt.Sprint(r.IntN(2)))
		var err error
		switch r.IntN(12) {
		case 0, 1:
			err = s.Set(ctx, id, data, ttl)
		case 2:
			err = s.Create(ctx, id, data, ttl)
		case 3:
			err = s.Replace(ctx, id, data, ttl)
		case 4:
			err = s.CompareAndSwap(ctx, id, data, []byte(other), ttl)
		case 5, 6:
			err = s.RotateSwap(ctx, id, other, data, data, ttl)
		case 7, 8:
			err = s.Touch(ctx, id, ttl)
		case 9:
			_, err = s.GetAndTouch(ctx, id, ttl)
		case 10:
			err = s.Delete(ctx, id)
		case 11:
			if err = s.core.sweep(ctx); r.IntN(10) == 0 {
				err = errors.Join(err, s.Clear(ctx))
			}
		}
		if err != nil && (!isOutcome(err) || errors.Is(err, sessionstore.ErrCorrupt)) {
			t.Fatal(err)
		}
		checkSound(t, root)
	}
	time.Sleep(21 * time.Millisecond)
	sweep(t, root)
	if got := count(t, root, recordKind) + count(t, root, sweepKind); got != 0 {
		t.Errorf("%d keys are left when every session is over", got)
	}
}

// TestSweeper runs the sweeper by itself, with a wreck to report.
func TestSweeper(t *testing.T) {
	var reported atomic.Pointer[error]
	s, err := Open(filepath.Join(t.TempDir(), "sessions.db"), Options{
		SweepInterval: time.Millisecond,
		OnError:       func(err error) { reported.Store(&err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Set(t.Context(), "a", nil, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	change(t, s, func(table table) error {
		wreck := recordKey("", "wreck")
		return errors.Join(table.b.Put(wreck, nil), table.b.Put(sweepKey(now(), wreck), nil))
	})
	for start := time.Now(); count(t, s, recordKind) > 1 || reported.Load() == nil; time.Sleep(time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Fatal("the sweeper does not remove what is over, or does not report what it cannot read")
		}
	}
	if err := *reported.Load(); !errors.Is(err, sessionstore.ErrCorrupt) {
		t.Errorf("OnError: got %v, want ErrCorrupt", err)
	}
}

// TestSweepKey checks that times sort as numbers do, and come back.
func TestSweepKey(t *testing.T) {
	key, last := recordKey("namespace", "id"), ""
	for _, at := range []int64{-1 << 63, -1, 0, 1, 255, 256, now(), 1<<63 - 1} {
		entry := sweepKey(at, key)
		if string(entry) <= last {
			t.Errorf("%d does not sort after the time before it", at)
		}
		last = string(entry)
		gotAt, gotKey, ok := parseSweepKey(entry)
		if gotAt != at || string(gotKey) != string(key) || !ok {
			t.Errorf("parseSweepKey: got %d, %q, %v, want %d, %q", gotAt, gotKey, ok, at, key)
		}
	}
}

func sweep(t *testing.T, s *Store) {
	t.Helper()
	if err := s.core.sweep(t.Context()); err != nil {
		t.Errorf("sweep: %v", err)
	}
}

// change changes the bucket of s behind its back.
func change(t *testing.T, s *Store, fn func(table) error) {
	t.Helper()
	err := s.core.db.Update(func(tx *bbolt.Tx) error { return fn(table{tx.Bucket(s.core.bucket)}) })
	if err != nil {
		t.Fatal(err)
	}
}

// count returns how many keys of a kind there are.
func count(t *testing.T, s *Store, kind byte) (n int) {
	t.Helper()
	err := s.core.view(func(table table) error {
		return table.b.ForEach(func(k, _ []byte) error {
			if k[0] == kind {
				n++
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// stored returns the record of a session, without its data.
func stored(t *testing.T, s *Store, id string) (r record) {
	t.Helper()
	err := s.core.view(func(table table) (err error) {
		r, err = table.get(recordKey("", id))
		r.data = nil
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// entryOf returns the time of a session's index entry.
func entryOf(t *testing.T, table table, id string) int64 {
	t.Helper()
	r, err := table.get(recordKey("", id))
	if err != nil {
		t.Fatal(err)
	}
	return r.sweep
}

// moveEntry moves the index entry of a session to at.
func moveEntry(table table, id string, at int64) error {
	key := recordKey("", id)
	r, err := table.get(key)
	if err != nil {
		return err
	}
	value := newValue(r.data)
	putHeader(value, r.deadline, at)
	return errors.Join(table.b.Delete(sweepKey(r.sweep, key)), table.b.Put(sweepKey(at, key), nil), table.b.Put(key, value))
}
