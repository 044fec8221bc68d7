package managed

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

func newMemory(t *testing.T) *memory.Store {
	t.Helper()
	s, err := memory.New(memory.Options{})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func save(t *testing.T, m *Store, key, data string, ttl time.Duration) {
	t.Helper()
	if refused, err := m.Save(t.Context(), key, []byte(data), ttl); err != nil || refused {
		t.Fatalf("Save: got refused: %v, %v", refused, err)
	}
}

func want(t *testing.T, m *Store, key, data string) {
	t.Helper()
	got, found, err := m.Find(t.Context(), key)
	if err != nil || !found || string(got) != data {
		t.Errorf("Find: got %q, %v, %v, want %q", got, found, err, data)
	}
}

func wantMiss(t *testing.T, m *Store, key string) {
	t.Helper()
	if got, found, err := m.Find(t.Context(), key); err != nil || found || got != nil {
		t.Errorf("Find: got %q, %v, %v, want nothing", got, found, err)
	}
}

func onlyHandle(t *testing.T, m *Store) string {
	t.Helper()
	all, err := m.All(t.Context())
	must(t, err)
	if len(all) != 1 {
		t.Fatalf("All: got %d sessions, want 1", len(all))
	}
	for handle := range all {
		return handle
	}
	return ""
}

// Browsers send anything, and some key generators make what is no valid id.
func TestAnyStringIsAKey(t *testing.T) {
	m := Sessions(newMemory(t), Options{})
	keys := []string{
		"plain", "a b", "a\x00b", "\xff", "é", "x\r\nflush_all", "' or 1=1 --", "*", "#", "##",
		"#" + strings.Repeat("x", handleBytes+1), strings.Repeat("k", 10_000), strings.Repeat("k", 10_001),
		hashedPrefix, "~guard.x",
	}
	for _, key := range keys {
		keys = append(keys, name(key)) // what one key becomes is another key
	}
	seen := map[string]bool{}
	for _, key := range keys {
		if !seen[key] {
			wantMiss(t, m, key)
			save(t, m, key, key, time.Hour)
		}
		seen[key] = true
	}
	for key := range seen {
		want(t, m, key, key)
	}
	must(t, m.Delete(t.Context(), "a b"))
	wantMiss(t, m, "a b")
	want(t, m, name("a b"), name("a b"))
}

// ids notes the ids that reach a backend.
type ids struct {
	sessionstore.Store
	seen []string
}

func (s *ids) Get(ctx context.Context, id string) ([]byte, error) {
	s.seen = append(s.seen, id)
	return s.Store.Get(ctx, id)
}

func TestKeysNeverReachTheBackend(t *testing.T) {
	spy := &ids{Store: newMemory(t)}
	m := Sessions(spy, Options{})
	for _, key := range []string{"secret", "secret\r\n", "", "#" + sessionstore.NewID()} {
		wantMiss(t, m, key)
	}
	if len(spy.seen) != 2 || strings.Contains(strings.Join(spy.seen, " "), "secret") {
		t.Errorf("got %q, want two hashes", spy.seen)
	}
}

func TestEmptyKeyIsNobodys(t *testing.T) {
	backend := newMemory(t)
	m := Sessions(backend, Options{})
	if _, err := m.Save(t.Context(), "", []byte("x"), time.Hour); !errors.Is(err, sessionstore.ErrInvalidID) {
		t.Errorf("Save: got %v, want ErrInvalidID", err)
	}
	must(t, m.Delete(t.Context(), ""))
	wantMiss(t, m, "")
	for range backend.All(t.Context()) {
		t.Error("something was stored, if only that nothing was deleted")
	}
}

func TestTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := memory.New(memory.Options{SweepInterval: -1})
		must(t, err)
		defer s.Close()
		m := Sessions(s, Options{})
		save(t, m, "hour", "x", time.Hour)
		save(t, m, "ages", "x", 10*sessionstore.MaxTTL)
		for _, past := range []time.Duration{0, -1, -sessionstore.MaxTTL} {
			key := past.String()
			save(t, m, key, "x", time.Hour)
			save(t, m, key, "x", past)
			wantMiss(t, m, key)
		}
		time.Sleep(time.Hour - 1)
		want(t, m, "hour", "x")
		time.Sleep(time.Nanosecond)
		wantMiss(t, m, "hour")
		time.Sleep(sessionstore.MaxTTL - time.Hour - 1)
		want(t, m, "ages", "x")
		time.Sleep(time.Nanosecond)
		wantMiss(t, m, "ages")
	})
}

func TestSaveCannotUndoDelete(t *testing.T) {
	s := newMemory(t)
	for _, test := range []struct {
		name  string
		m     *Store
		there bool
	}{
		{"sessions", Sessions(s, Options{}), false},
		{"records", Records(s, Options{}), true},
	} {
		save(t, test.m, test.name, "before", time.Hour)
		must(t, test.m.Delete(t.Context(), test.name))
		refused, err := test.m.Save(t.Context(), test.name, []byte("after"), time.Hour)
		if err != nil || refused == test.there {
			t.Errorf("%s: Save: got refused: %v, %v", test.name, refused, err)
		}
		if test.there {
			want(t, test.m, test.name, "after")
		} else {
			wantMiss(t, test.m, test.name)
		}
	}
}

func TestHandles(t *testing.T) {
	t.Run("of ids", func(t *testing.T) { testHandles(t, newMemory(t)) })
	t.Run("of hashed ids", func(t *testing.T) { testHandles(t, sessionstore.HashIDs(newMemory(t))) })
}

func testHandles(t *testing.T, s sessionstore.Store) {
	m := Sessions(s, Options{})
	save(t, m, "id", "x", time.Hour)
	handle := onlyHandle(t, m)
	wantMiss(t, m, handle)
	if _, err := m.Save(t.Context(), handle, []byte("y"), time.Hour); err == nil || strings.Contains(err.Error(), handle) {
		t.Errorf("Save under a handle: got %v, want an error without it", err)
	}
	must(t, m.Delete(t.Context(), "#"+strings.Repeat(".", handleBytes))) // it only looks like one
	want(t, m, "id", "x")
	must(t, m.Delete(t.Context(), handle))
	wantMiss(t, m, "id")
	if refused, err := m.Save(t.Context(), "id", []byte("late"), time.Hour); err != nil || !refused {
		t.Errorf("Save after the Delete by handle: got refused: %v, %v", refused, err)
	}
}

// What a client chooses as the key of a record is not the name of one.
func TestRecordsHaveNoHandles(t *testing.T) {
	m := Records(newMemory(t), Options{})
	save(t, m, "id", "x", time.Hour)
	handle := onlyHandle(t, m)
	must(t, m.Delete(t.Context(), handle))
	want(t, m, "id", "x")
	save(t, m, handle, "y", time.Hour)
	want(t, m, handle, "y")
}

// reports collects what OnError is told.
type reports []error

func (r *reports) add(err error) { *r = append(*r, err) }

func (r *reports) want(t *testing.T, n int) {
	t.Helper()
	if len(*r) != n {
		t.Errorf("OnError: got %q, want %d reports", *r, n)
	}
	for _, err := range *r {
		if !errors.Is(err, sessionstore.ErrCorrupt) || strings.Contains(err.Error(), "garbage") {
			t.Errorf("OnError: got %v, want ErrCorrupt and nothing of the record", err)
		}
	}
	*r = nil
}

func TestUnreadableIsAbsent(t *testing.T) {
	backend := newMemory(t)
	sealed, err := sessionstore.Encrypt(backend, sessionstore.EncryptOptions{Keys: [][]byte{make([]byte, 32)}, Purpose: "test"})
	must(t, err)
	var told reports
	m := Sessions(sealed, Options{OnError: told.add, Readable: func(data []byte) bool { return string(data) != "garbage" }})
	save(t, m, "good", "x", time.Hour)
	save(t, m, "undecodable", "garbage", time.Hour)
	must(t, sessionstore.HashIDs(backend).Set(t.Context(), "unsealed", []byte("garbage"), time.Hour))

	want(t, m, "good", "x")
	told.want(t, 0)
	wantMiss(t, m, "undecodable")
	told.want(t, 1)
	wantMiss(t, m, "unsealed")
	told.want(t, 1)
	onlyHandle(t, m)
	told.want(t, 2)
	wantMiss(t, Sessions(sealed, Options{}), "unsealed") // with nobody to tell
}

func TestOutageIsNoMiss(t *testing.T) {
	s := newMemory(t)
	m := Sessions(s, Options{})
	s.Close()
	_, found, err := m.Find(t.Context(), "id")
	if found || !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Find: got %v, %v, want ErrClosed", found, err)
	}
	if _, err := m.All(t.Context()); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("All: got %v, want ErrClosed", err)
	}
	for name, err := range map[string]error{
		"Delete": m.Delete(t.Context(), "id"),
		"handle": m.Delete(t.Context(), "#"+name("")[len(hashedPrefix):]),
		"Clear":  m.Clear(t.Context()),
	} {
		if !errors.Is(err, sessionstore.ErrClosed) {
			t.Errorf("%s: got %v, want ErrClosed", name, err)
		}
	}
}
