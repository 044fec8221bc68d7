package fiber

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

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

func newStorage(t *testing.T, s sessionstore.Store, name string) *Store {
	t.Helper()
	storage, err := Storage(s, name, Options{})
	must(t, err)
	return storage
}

// session is what fiber v3 stores; v2's has strings for keys.
func session(t *testing.T, values any) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, gob.NewEncoder(&b).Encode(values))
	return b.Bytes()
}

func want(t *testing.T, s *Store, key string, value []byte) {
	t.Helper()
	got, err := s.GetWithContext(t.Context(), key)
	if err != nil || (got == nil) != (value == nil) || !bytes.Equal(got, value) {
		t.Errorf("Get: got %q, %v, want %q", got, err, value)
	}
}

// both runs test on either kind of Store.
func both(t *testing.T, test func(t *testing.T, s *Store, value []byte)) {
	value := session(t, map[any]any{"name": "ada"})
	t.Run("Sessions", func(t *testing.T) { test(t, Sessions(newMemory(t), Options{}), value) })
	t.Run("Storage", func(t *testing.T) { test(t, newStorage(t, newMemory(t), "cache"), value) })
}

func TestSetGetDelete(t *testing.T) {
	both(t, func(t *testing.T, s *Store, value []byte) {
		want(t, s, "key", nil)
		must(t, s.Set("key", value, time.Hour))
		want(t, s, "key", value)
		must(t, s.SetWithContext(t.Context(), "a/b c", value, time.Hour))
		got, err := s.GetWithContext(t.Context(), "a/b c")
		if err != nil || !bytes.Equal(got, value) {
			t.Errorf("GetWithContext: got %q, %v", got, err)
		}
		must(t, s.Delete("key"))
		must(t, s.DeleteWithContext(t.Context(), "key"))
		want(t, s, "key", nil)
	})
}

// gofiber's kit for storages asks for this. (A client that hangs up cancels
// nothing in fiber.)
func TestCancelledCallsDoNothing(t *testing.T) {
	both(t, func(t *testing.T, s *Store, value []byte) {
		must(t, s.Set("key", value, 0))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		got, err := s.GetWithContext(ctx, "key")
		for name, err := range map[string]error{
			"Get":    err,
			"Set":    s.SetWithContext(ctx, "key", []byte("other"), 0),
			"past":   s.SetWithContext(ctx, "key", value, -1),
			"Delete": s.DeleteWithContext(ctx, "key"),
			"Reset":  s.ResetWithContext(ctx),
		} {
			if !errors.Is(err, context.Canceled) || got != nil {
				t.Errorf("%s: got %q, %v, want canceled", name, got, err)
			}
		}
		want(t, s, "key", value)
	})
}

// fiber's interface says so.
func TestEmptyKeyAndValueAreIgnored(t *testing.T) {
	both(t, func(t *testing.T, s *Store, value []byte) {
		must(t, s.Set("", value, time.Hour))
		want(t, s, "", nil)
		must(t, s.Delete(""))
		must(t, s.Set("key", value, time.Hour))
		must(t, s.Set("key", nil, time.Hour))
		want(t, s, "key", value)
	})
}

func TestExpiration(t *testing.T) {
	for _, test := range []struct {
		name      string
		option    time.Duration
		given     time.Duration
		wantAfter time.Duration
	}{
		{"0 is 24 hours", 0, 0, 24 * time.Hour},
		{"0 is the option", time.Minute, 0, time.Minute},
		{"a wrong option is 24 hours", -1, 0, 24 * time.Hour},
		{"at most 400 days", 0, 1 << 62, sessionstore.MaxTTL},
		{"option of at most 400 days", 1 << 62, 0, sessionstore.MaxTTL},
		{"given", time.Minute, time.Hour, time.Hour},
		{"less than a second", 0, time.Millisecond, time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := memory.New(memory.Options{SweepInterval: -1})
				must(t, err)
				defer s.Close()
				options, value := Options{DefaultTTL: test.option}, session(t, map[any]any{})
				storage, err := Storage(s, "cache", options)
				must(t, err)
				for _, store := range []*Store{Sessions(s, options), storage} {
					must(t, store.Set("key", value, test.given))
					time.Sleep(test.wantAfter - 1)
					want(t, store, "key", value)
					time.Sleep(time.Nanosecond)
					want(t, store, "key", nil)
				}
			})
		})
	}
}

func TestExpirationInThePastIsTheEnd(t *testing.T) {
	both(t, func(t *testing.T, s *Store, value []byte) {
		must(t, s.Set("key", value, time.Hour))
		must(t, s.Set("key", value, -time.Second))
		want(t, s, "key", nil)
	})
}

// A limiter sets what it deleted; a session that was ended stays so.
func TestSetAfterDelete(t *testing.T) {
	value := session(t, map[any]any{"name": "ada"})
	again := func(s *Store) *Store {
		must(t, s.Set("key", value, time.Hour))
		must(t, s.Delete("key"))
		must(t, s.Set("key", value, time.Hour))
		return s
	}
	refused := 0
	want(t, again(Sessions(newMemory(t), Options{OnRefused: func() { refused++ }})), "key", nil)
	if refused != 1 {
		t.Errorf("OnRefused was called %d times, want once", refused)
	}
	want(t, again(newStorage(t, newMemory(t), "limiter")), "key", value)
}

func TestUnreadableSessionIsAbsent(t *testing.T) {
	backend, told := newMemory(t), 0
	s := Sessions(backend, Options{OnError: func(error) { told++ }})
	must(t, s.Set("bad", []byte("garbage"), time.Hour))
	want(t, s, "bad", nil)
	if got, err := s.Get("bad"); got != nil || err != nil {
		t.Errorf("Get: got %q, %v, want nothing", got, err)
	}
	if told != 2 {
		t.Errorf("OnError was called %d times, want twice", told)
	}
	cache := newStorage(t, backend, "cache")
	must(t, cache.Set("page", []byte("garbage"), time.Hour))
	want(t, cache, "page", []byte("garbage"))
	if got, err := cache.Get("page"); string(got) != "garbage" || err != nil {
		t.Errorf("Get: got %q, %v, want what was set", got, err)
	}
}

// v3 reads with a context, v2 without. Neither can decode the other's sessions,
// and would fail at each request of whoever had one before the update.
func TestEachVersionReadsItsOwn(t *testing.T) {
	s := Sessions(newMemory(t), Options{})
	v2, v3 := session(t, map[string]any{"name": "ada"}), session(t, map[any]any{1: "ada"})
	must(t, s.Set("v2", v2, time.Hour))
	must(t, s.Set("v3", v3, time.Hour))
	want(t, s, "v2", nil)
	want(t, s, "v3", v3)
	if got, err := s.Get("v2"); !bytes.Equal(got, v2) || err != nil {
		t.Errorf("v2 reads its own: got %q, %v", got, err)
	}
	if got, err := s.Get("v3"); got != nil || err != nil {
		t.Errorf("v2 reads v3's: got %q, %v, want nothing", got, err)
	}
}

func TestResetIsOfTheNamespace(t *testing.T) {
	backend, value := newMemory(t), session(t, map[any]any{})
	sessions, cache, limiter := Sessions(backend, Options{}), newStorage(t, backend, "cache"), newStorage(t, backend, "limiter")
	for _, s := range []*Store{sessions, cache, limiter} {
		must(t, s.Set("key", value, time.Hour))
	}
	must(t, cache.Reset())
	want(t, cache, "key", nil)
	want(t, limiter, "key", value)
	want(t, sessions, "key", value)
	must(t, sessions.ResetWithContext(t.Context()))
	want(t, sessions, "key", nil)
	want(t, limiter, "key", nil)
}

// What a client chooses as a key of a middleware must not name a session.
func TestStorageKeysNameNoSession(t *testing.T) {
	backend, value := newMemory(t), session(t, map[any]any{"name": "ada"})
	sessions, idempotency := Sessions(backend, Options{}), newStorage(t, backend, "idempotency")
	must(t, sessions.Set("id", value, time.Hour))
	want(t, idempotency, "id", nil)
	must(t, idempotency.Set("chosen", value, time.Hour))
	want(t, sessions, "chosen", nil)
	must(t, idempotency.Delete("id"))
	want(t, sessions, "id", value)
}

func TestUnsupported(t *testing.T) {
	four := struct{ sessionstore.Store }{newMemory(t)}
	if err := Sessions(four, Options{}).Reset(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Reset: got %v, want ErrUnsupported", err)
	}
	if s, err := Storage(four, "cache", Options{}); s != nil || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Storage: got %v, %v, want ErrUnsupported", s, err)
	}
	if s, err := Storage(newMemory(t), "a name", Options{}); s != nil || !errors.Is(err, sessionstore.ErrInvalidID) {
		t.Errorf("Storage: got %v, %v, want ErrInvalidID", s, err)
	}
}

// fiber uses the memory of a key again for the next request.
func TestKeysAreNotKept(t *testing.T) {
	both(t, func(t *testing.T, s *Store, value []byte) {
		buffer := []byte("key-1")
		must(t, s.Set(unsafe.String(&buffer[0], len(buffer)), value, time.Hour))
		copy(buffer, "key-2")
		want(t, s, "key-1", value)
		want(t, s, "key-2", nil)
	})
}

func TestCloseLeavesTheStoreOpen(t *testing.T) {
	both(t, func(t *testing.T, s *Store, value []byte) {
		must(t, s.Close())
		must(t, s.Close())
		must(t, s.Set("key", value, time.Hour))
		want(t, s, "key", value)
	})
}

func TestOutageIsNoMiss(t *testing.T) {
	backend := newMemory(t)
	s := Sessions(backend, Options{})
	backend.Close()
	if _, err := s.Get("key"); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Get: got %v, want ErrClosed", err)
	}
	if err := s.Set("key", []byte("x"), time.Hour); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Set: got %v, want ErrClosed", err)
	}
}

// Operators list and end sessions through the store, by handle.
func TestDeleteTakesHandles(t *testing.T) {
	backend, value := newMemory(t), session(t, map[any]any{"name": "ada"})
	s := Sessions(backend, Options{})
	must(t, s.Set("id", value, time.Hour))
	for listed, err := range sessionstore.All(t.Context(), sessionstore.HashIDs(backend)) {
		must(t, err)
		want(t, s, listed.ID, nil)
		must(t, s.Delete(listed.ID))
	}
	want(t, s, "id", nil)
}
