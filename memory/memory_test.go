package memory

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/coatcheck/sessionstore"
)

// newStore returns a store with no goroutine of its own.
func newStore(t testing.TB, opts Options) *Store {
	t.Helper()
	if opts.SweepInterval == 0 {
		opts.SweepInterval = -1
	}
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustSet(t testing.TB, s *Store, id string, size int, ttl time.Duration) {
	t.Helper()
	if err := s.Set(t.Context(), id, make([]byte, size), ttl); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

func wantGet(t testing.TB, s *Store, id string, want error) {
	t.Helper()
	if _, err := s.Get(t.Context(), id); !errors.Is(err, want) {
		t.Errorf("Get %s: got error %v, want %v", id, err, want)
	}
}

// stored is how many entries there are, expired ones included.
func stored(s *Store) (n int) {
	for i := range s.shards {
		h := &s.shards[i]
		h.mu.RLock()
		n += len(h.entries)
		h.mu.RUnlock()
	}
	return n
}

func ids(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("session-%06d", i)
	}
	return ids
}

func TestNewRefusesANegativeBound(t *testing.T) {
	s, err := New(Options{MaxBytes: -1})
	if s != nil || err == nil {
		t.Fatalf("got %v, %v, want no store and an error", s, err)
	}
	if got, want := err.Error(), "memory: Options.MaxBytes is -1: want zero for no bound, or more"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestZeroOptionsSweepOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		mustSet(t, s, "a", 1, time.Second)
		time.Sleep(DefaultSweepInterval * 8 / 10)
		if got := stored(s); got != 1 {
			t.Errorf("before the first sweep: got %d entries, want 1", got)
		}
		time.Sleep(DefaultSweepInterval * 4 / 10)
		synctest.Wait()
		if got := stored(s); got != 0 {
			t.Errorf("after it: got %d entries, want 0", got)
		}
	})
}

// TestIDIsCloned: web frameworks hand out strings that lie in buffers which
// the next request overwrites.
func TestIDIsCloned(t *testing.T) {
	s := newStore(t, Options{})
	buffer := []byte("session-a")
	id := unsafe.String(&buffer[0], len(buffer))
	mustSet(t, s, id, 1, time.Hour)
	mustSet(t, s, id, 2, time.Hour)
	copy(buffer, "session-b")
	wantGet(t, s, "session-a", nil)
	wantGet(t, s, "session-b", sessionstore.ErrNotFound)
	check(t, s)
}

// TestReplacedDataIsGivenBack: the key in the map is a part of the record. If
// it stayed, so would the session's first record.
func TestReplacedDataIsGivenBack(t *testing.T) {
	s := newStore(t, Options{})
	const n, size = 64, 1 << 19
	for _, id := range ids(n) {
		mustSet(t, s, id, size, time.Hour)
	}
	full := heapBytes()
	for _, id := range ids(n) {
		mustSet(t, s, id, 1, time.Hour)
	}
	if freed := full - heapBytes(); freed < n*size*9/10 {
		t.Errorf("replacing %d bytes by a few: got %d bytes back", n*size, freed)
	}
	runtime.KeepAlive(s)
}

// heapBytes is what the heap holds when all garbage is gone.
func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestCloseWhileInUse(t *testing.T) {
	s := newStore(t, Options{MaxBytes: 100 * 300, SweepInterval: time.Microsecond})
	var wait sync.WaitGroup
	ready := make(chan struct{}, 8)
	for c := range 8 {
		wait.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("session-%d", (i*7+c)%150)
				err := s.Set(t.Context(), id, make([]byte, i%200), time.Duration(1+i%3)*time.Millisecond)
				if errors.Is(err, sessionstore.ErrClosed) {
					return
				}
				if err != nil && !errors.Is(err, sessionstore.ErrFull) {
					t.Errorf("Set: %v", err)
				}
				if i == 100 {
					ready <- struct{}{}
				}
			}
		})
	}
	for range 8 {
		<-ready
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	wait.Wait()
	if got := s.room.used.Load(); got != 0 {
		t.Errorf("after Close: got %d bytes in use, want 0", got)
	}
	if err := s.sweep(t.Context()); err != nil { // of a request that was in makeRoom
		t.Errorf("sweep after Close: %v", err)
	}
}

// TestCloseEndsItsGoroutine: at its end a bubble panics over a goroutine that
// is left.
func TestCloseEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{SweepInterval: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		mustSet(t, s, "a", 1, time.Second)
		time.Sleep(time.Minute)
		s.Close()
		s.Close()
	})
}
