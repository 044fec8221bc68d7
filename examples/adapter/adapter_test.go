package adapter

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

func newMemory(t *testing.T) *memory.Store {
	t.Helper()
	s, err := memory.New(memory.Options{SweepInterval: -1})
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

func want(t *testing.T, b Backend, key, data string) {
	t.Helper()
	got, err := b.Load(key)
	if err != nil || string(got) != data || (got == nil) != (data == "") {
		t.Errorf("Load: got %q, %v, want %q", got, err, data)
	}
}

func TestSaveLoadDestroy(t *testing.T) {
	b := New(newMemory(t))
	want(t, b, "key", "")
	must(t, b.Save("key", []byte("ada"), 60))
	want(t, b, "key", "ada")
	must(t, b.Destroy("key"))
	must(t, b.Destroy("key"))
	want(t, b, "key", "")
}

func TestLogoutWins(t *testing.T) {
	b := New(newMemory(t))
	must(t, b.Save("key", []byte("ada"), 60))
	slow, err := b.Load("key")
	must(t, err)
	must(t, b.Destroy("key"))
	must(t, b.Save("key", slow, 60))
	want(t, b, "key", "")
}

func TestHostileKeys(t *testing.T) {
	b := New(newMemory(t))
	for _, key := range []string{"a b", "x\r\nflush_all", strings.Repeat("k", 10_000)} {
		want(t, b, key, "")
		must(t, b.Save(key, []byte("ada"), 60))
		want(t, b, key, "ada")
	}
	hash := id("a b") // somebody may well send that
	must(t, b.Destroy(hash))
	want(t, b, hash, "")
	want(t, b, "a b", "ada")
}

func TestListedSessionsCanBeEnded(t *testing.T) {
	b := New(newMemory(t))
	must(t, b.Save("key", []byte("ada"), 60))
	for listed, err := range sessionstore.All(t.Context(), b.store) {
		must(t, err)
		want(t, b, listed.ID, "") // a handle opens nothing
		if err := b.Save(listed.ID, []byte("eve"), 60); !errors.Is(err, sessionstore.ErrInvalidID) {
			t.Errorf("Save under a handle: got %v, want ErrInvalidID", err)
		}
		want(t, b, "key", "ada")
		must(t, b.Destroy(listed.ID))
	}
	want(t, b, "key", "")
	must(t, b.Destroy("#only looks like one"))
}

func TestEveryCallEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := sessionstore.Observe(newMemory(t), func(ctx context.Context, _ sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
			<-ctx.Done()
			return ctx, nil
		})
		b := New(hanging)
		for name, call := range map[string]func() error{
			"Load":    func() error { _, err := b.Load("key"); return err },
			"Save":    func() error { return b.Save("key", nil, 60) },
			"Destroy": func() error { return b.Destroy("key") },
		} {
			began := time.Now()
			if err := call(); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != timeout {
				t.Errorf("%s: got %v after %v, want DeadlineExceeded after %v", name, err, time.Since(began), timeout)
			}
		}
	})
}

func TestClosesNothing(t *testing.T) {
	if _, closes := Backend(New(newMemory(t))).(io.Closer); closes {
		t.Error("the adapter has a Close, which a manager may call: let it do nothing")
	}
}

// TestOtherThingsThanSessions: a client that chooses a key of the limiter's has
// named no session, and what was deleted may come back.
func TestOtherThingsThanSessions(t *testing.T) {
	s := newMemory(t)
	b := New(s)
	limiter, err := NewFor(s, "limiter")
	must(t, err)
	must(t, b.Save("key", []byte("ada"), 60))
	want(t, limiter, "key", "")
	must(t, limiter.Save("key", []byte("3"), 60))
	must(t, limiter.Destroy("key"))
	want(t, b, "key", "ada")
	must(t, limiter.Save("key", []byte("1"), 60))
	want(t, limiter, "key", "1")
	if _, err := NewFor(s, "no name"); err == nil {
		t.Error("NewFor of what can be no name: got no error")
	}
}

func TestEmptyKeyIsNobodys(t *testing.T) {
	b := New(newMemory(t))
	if err := b.Save("", []byte("ada"), 60); !errors.Is(err, sessionstore.ErrInvalidID) {
		t.Errorf("Save: got %v, want ErrInvalidID", err)
	}
	want(t, b, "", "")
	must(t, b.Destroy(""))
}

func TestNothingIsForEver(t *testing.T) {
	for seconds, lifetime := range map[int]time.Duration{
		0:       defaultTTL,
		60:      time.Minute,
		1 << 60: sessionstore.MaxTTL,
	} {
		synctest.Test(t, func(t *testing.T) {
			b := New(newMemory(t))
			must(t, b.Save("key", []byte("ada"), seconds))
			time.Sleep(lifetime - 1)
			want(t, b, "key", "ada")
			time.Sleep(time.Nanosecond)
			want(t, b, "key", "")
		})
	}
	b := New(newMemory(t))
	must(t, b.Save("key", []byte("ada"), 60))
	must(t, b.Save("key", []byte("ada"), -1))
	want(t, b, "key", "")
}

func TestUnreadableIsAbsent(t *testing.T) {
	backend := newMemory(t)
	sealed, err := sessionstore.Encrypt(backend, sessionstore.EncryptOptions{Keys: [][]byte{make([]byte, 32)}, Purpose: "test"})
	must(t, err)
	must(t, New(backend).Save("key", []byte("not sealed"), 60))
	want(t, New(sealed), "key", "")
}

func TestOutageIsAnError(t *testing.T) {
	s := newMemory(t)
	b := New(s)
	s.Close()
	_, loaded := b.Load("key")
	for _, err := range []error{loaded, b.Save("key", nil, 60), b.Destroy("key")} {
		if !errors.Is(err, sessionstore.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
}
