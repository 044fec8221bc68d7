package memory

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// check compares what a store keeps twice: maps with orders, places with
// entries, the count of bytes with the sum.
func check(t testing.TB, s *Store) {
	t.Helper()
	var sum int64
	for i := range s.shards {
		h := &s.shards[i]
		if len(h.order) != len(h.entries) {
			t.Errorf("shard %d: got %d in order, want %d as in the map", i, len(h.order), len(h.entries))
		}
		if h.peak < len(h.entries) {
			t.Errorf("shard %d: got peak %d, want at least %d", i, h.peak, len(h.entries))
		}
		if h.smaller != nil {
			t.Errorf("shard %d: a shrink did not end", i)
		}
		for j, p := range h.order {
			sum += recordBytes(p.entry.record)
			checkSlot(t, h, j, p)
		}
		for id, e := range h.entries {
			if id != e.id() || s.shard(id) != h {
				t.Errorf("shard %d: an entry is under an id that is not its own", i)
			}
		}
		for _, p := range h.order[len(h.order):cap(h.order)] {
			if p.entry != nil {
				t.Errorf("shard %d: the order holds an entry behind its end", i)
				break
			}
		}
	}
	if got := s.room.used.Load(); got != sum {
		t.Errorf("got %d bytes in use, want %d: the sum", got, sum)
	}
}

func checkSlot(t testing.TB, h *shard, j int, p slot) {
	t.Helper()
	if int(p.entry.place) != j {
		t.Errorf("place of an entry: got %d, want %d", p.entry.place, j)
	}
	if h.entries[p.entry.id()] != p.entry {
		t.Error("an entry is in order and not in the map")
	}
	if p.sweepAt > p.entry.deadline {
		t.Errorf("an entry is swept at %v, after its deadline %v", p.sweepAt, p.entry.deadline)
	}
	if j > 0 && h.order[(j-1)/2].sweepAt > p.sweepAt {
		t.Errorf("places %d and %d are not in order", (j-1)/2, j)
	}
}

// model is what a store must do, written plainly.
type model struct {
	max      int
	sessions map[string]modelSession
}

type modelSession struct {
	data  string
	until time.Time
}

func (m *model) live(id string) bool { return time.Now().Before(m.sessions[id].until) }

// bytes counts the live sessions: the others do not keep a write out.
func (m *model) bytes() (n int) {
	for id, s := range m.sessions {
		if m.live(id) {
			n += len(id) + len(s.data) + entryBytes
		}
	}
	return n
}

func (m *model) set(id, data string, ttl time.Duration) error {
	old, had := m.sessions[id]
	m.sessions[id] = modelSession{data, time.Now().Add(ttl)}
	if m.max == 0 || m.bytes() <= m.max {
		return nil
	}
	if m.sessions[id] = old; !had {
		delete(m.sessions, id)
	}
	return sessionstore.ErrFull
}

func (m *model) touch(id string, ttl time.Duration) error {
	if !m.live(id) {
		return sessionstore.ErrNotFound
	}
	m.sessions[id] = modelSession{m.sessions[id].data, time.Now().Add(ttl)}
	return nil
}

func (m *model) get(id string) (string, error) {
	if !m.live(id) {
		return "", sessionstore.ErrNotFound
	}
	return m.sessions[id].data, nil
}

// TestRandomOperations compares a store with the model, and looks at its
// insides, while time passes, sweeps come, and sessions are many, then few.
func TestRandomOperations(t *testing.T) {
	for _, max := range []int{0, 300 * (one + 20)} {
		for range 3 {
			seed := rand.Uint64()
			t.Run(fmt.Sprintf("max=%d/seed=%d", max, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { randomOperations(t, max, rand.New(rand.NewPCG(seed, 0))) })
			})
		}
	}
}

func randomOperations(t *testing.T, max int, r *rand.Rand) {
	s := newStore(t, Options{MaxBytes: int64(max)})
	m := &model{max: max, sessions: map[string]modelSession{}}
	// Ids of two shards only: the orders and maps become long enough to matter.
	var names []string
	for _, id := range ids(400 * shardCount) {
		if h := s.shard(id); h == &s.shards[0] || h == &s.shards[1] {
			names = append(names, id)
		}
	}
	full := 0
	for step := range 30_000 {
		writes := 3 + step/5000%2*5 // in turn more sets, or more deletes
		id, ttl := names[r.IntN(len(names))], time.Duration(1+r.IntN(1000))*time.Second
		switch n := r.IntN(16); {
		case n < writes:
			data := string(make([]byte, r.IntN(200)))
			err, want := s.Set(t.Context(), id, []byte(data), ttl), m.set(id, data, ttl)
			compare(t, step, "Set", err, want)
			if want != nil {
				full++
			}
		case n < 9:
			delete(m.sessions, id)
			compare(t, step, "Delete", s.Delete(t.Context(), id), nil)
		case n < 12:
			compare(t, step, "Touch", s.Touch(t.Context(), id, ttl), m.touch(id, ttl))
		case n < 15 || r.IntN(50) > 0:
			data, err := s.Get(t.Context(), id)
			wantData, want := m.get(id)
			compare(t, step, "Get", err, want)
			if string(data) != wantData {
				t.Fatalf("step %d: Get: got %d bytes, want %d", step, len(data), len(wantData))
			}
		default:
			time.Sleep(time.Duration(r.IntN(300)) * time.Second)
			compare(t, step, "sweep", s.sweep(t.Context()), nil)
			check(t, s)
		}
		time.Sleep(time.Duration(r.IntN(500)) * time.Millisecond)
	}
	check(t, s)
	if (full > 0) != (max > 0) {
		t.Errorf("with a bound of %d bytes %d writes were refused", max, full)
	}
}

func compare(t *testing.T, step int, op string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || (got == nil) != (want == nil) {
		t.Fatalf("step %d: %s: got error %v, want %v", step, op, got, want)
	}
}
