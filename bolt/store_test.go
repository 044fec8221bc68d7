package bolt

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// openTest returns a store in a new file of tb, without a sweeper.
func openTest(tb testing.TB) *Store {
	tb.Helper()
	s, err := Open(filepath.Join(tb.TempDir(), "sessions.db"), Options{SweepInterval: -1})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	ctx, s := t.Context(), openTest(t)
	id := sessionstore.NewID()
	if _, err := s.Get(ctx, id); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get before Set: got %v, want ErrNotFound", err)
	}
	if err := s.Set(ctx, id, []byte("data"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if data, err := s.Get(ctx, id); string(data) != "data" || err != nil {
		t.Errorf("Get: got %q, %v", data, err)
	}
	if err := s.Touch(ctx, id, time.Nanosecond); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, id); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get of an expired session: got %v, want ErrNotFound", err)
	}
	if err := s.Delete(ctx, id); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ping(ctx); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Ping after Close: got %v, want ErrClosed", err)
	}
}
