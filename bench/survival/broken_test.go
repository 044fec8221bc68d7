package survival

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

// broken is a Store that remembers what was done, so that it can be undone in
// part after the event.
type broken struct {
	sessionstore.Store
	event func(s *broken) // damages inner

	mu      sync.Mutex
	old     map[string]string // guarded by mu; the data before the last Set
	deleted map[string]string // guarded by mu
}

func newBroken(t *testing.T, event func(s *broken)) *broken {
	inner, err := memory.New(memory.Options{SweepInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inner.Close() })
	return &broken{Store: inner, event: event, old: map[string]string{}, deleted: map[string]string{}}
}

func (s *broken) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if before, err := s.Store.Get(ctx, id); err == nil {
		s.mu.Lock()
		s.old[id] = string(before)
		s.mu.Unlock()
	}
	return s.Store.Set(ctx, id, data, ttl)
}

func (s *broken) Delete(ctx context.Context, id string) error {
	if before, err := s.Store.Get(ctx, id); err == nil {
		s.mu.Lock()
		s.deleted[id] = string(before)
		s.mu.Unlock()
	}
	return s.Store.Delete(ctx, id)
}

// one returns the first id of a map that is still stored, or is not.
func (s *broken) one(of map[string]string, stored bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range of {
		if _, err := s.Store.Get(context.Background(), id); (err == nil) == stored {
			return id
		}
	}
	panic("the load has no such session: it is too short")
}

// TestBrokenStores: each defect is told, and nothing else is.
func TestBrokenStores(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct {
		name  string
		event func(s *broken)
		want  Result
		drift time.Duration // about; 0 means none
	}{
		{name: "keeps everything", event: func(*broken) {}},
		{
			name:  "loses a session",
			event: func(s *broken) { s.Store.Delete(ctx, s.one(s.old, true)) },
			want:  result(1, 0, 0),
		},
		{
			name: "goes back to older data",
			event: func(s *broken) {
				id := s.one(s.old, true)
				end := expiry(s.Store, id)
				s.Store.Set(ctx, id, []byte(s.old[id]), time.Until(end))
			},
			want: result(1, 1, 0),
		},
		{
			name:  "mixes up data",
			event: func(s *broken) { id := s.one(s.old, true); s.Store.Set(ctx, id, []byte("other data"), time.Hour) },
			want:  result(1, 1, 0),
			drift: time.Hour, // at most
		},
		{
			name: "brings back a deleted session",
			event: func(s *broken) {
				id := s.one(s.deleted, false)
				s.Store.Set(ctx, id, []byte(s.deleted[id]), time.Hour)
			},
			want: result(0, 0, 1),
		},
		{
			name:  "extends a deadline",
			event: func(s *broken) { id := s.one(s.old, true); s.Store.Touch(ctx, id, 10*time.Hour) },
			drift: 9 * time.Hour,
		},
		{
			name:  "ends a session early",
			event: func(s *broken) { id := s.one(s.old, true); s.Store.Touch(ctx, id, 20*time.Minute) },
			drift: -10 * time.Minute,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, l := newBroken(t, c.event), newLedger()
			written(t, s, l)
			s.event(s)
			var got Result
			if err := got.check(ctx, s.Store, l); err != nil {
				t.Fatal(err)
			}
			if got.Acked < 100 || got.Deleted == 0 || got.Kept != got.Acked-got.Lost {
				t.Errorf("acked %d, kept %d, lost %d, deleted %d: want a hundred sessions, and deletes",
					got.Acked, got.Kept, got.Lost, got.Deleted)
			}
			if got.Lost != c.want.Lost || got.Stale != c.want.Stale || got.Revived != c.want.Revived || got.Ghosts+got.Missed+got.Unknown > 0 {
				t.Errorf("lost %d, stale %d, revived %d, ghosts %d, missed %d, unknown %d; want %d, %d, %d, and 0 of the others",
					got.Lost, got.Stale, got.Revived, got.Ghosts, got.Missed, got.Unknown, c.want.Lost, c.want.Stale, c.want.Revived)
			}
			wantDrift(t, s.Store, l, c.drift)
		})
	}
}

func result(lost, stale, revived int) Result {
	var r Result
	r.Lost, r.Stale, r.Revived = lost, stale, revived
	return r
}

// written lets clients write a little.
func written(t *testing.T, s sessionstore.Store, l *ledger) {
	t.Helper()
	load := newLoad(s, l.apply, shape{Clients: 4, SizeBytes: 64, Rate: 50_000, ProbeTTL: time.Minute})
	if err := load.seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	load.start(t.Context())
	for begin := time.Now(); l.acknowledged() < 1000; time.Sleep(time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatal("a thousand writes take a minute")
		}
	}
	load.stop()
	if err := l.whole(); err != nil {
		t.Fatal(err)
	}
}

// wantDrift wants the drift to be at least that, in its direction, or 0.
func wantDrift(t *testing.T, s sessionstore.Store, l *ledger, want time.Duration) {
	t.Helper()
	ns, err := driftOf(t.Context(), s, l)
	if err != nil {
		t.Fatal(err)
	}
	got := time.Duration(ns)
	const hour = time.Hour // a session that was stored anew ends anywhere within one
	switch {
	case want == 0 && got.Abs() < time.Second:
	case want == hour && got.Abs() < hour:
	case want > hour && got > want-hour:
	case want < 0 && got < want+hour && got < -time.Second:
	default:
		t.Errorf("drift: %v, want about %v", got, want)
	}
}

func expiry(s sessionstore.Store, id string) time.Time {
	for listed, err := range sessionstore.All(context.Background(), s) {
		if err == nil && listed.ID == id {
			return listed.ExpiresAt
		}
	}
	return time.Time{}
}

// unreliable fails operations in a chosen way.
type unreliable struct {
	sessionstore.Store
	fail func(op operation, id string) (err error, effect bool)
}

func (s *unreliable) Get(ctx context.Context, id string) ([]byte, error) {
	if err, _ := s.fail(look, id); err != nil {
		return nil, err
	}
	return s.Store.Get(ctx, id)
}

func (s *unreliable) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	err, effect := s.fail(set, id)
	if err == nil || effect {
		err = errors.Join(err, s.Store.Set(ctx, id, data, ttl))
	}
	return err
}

func (s *unreliable) Delete(ctx context.Context, id string) error {
	err, effect := s.fail(remove, id)
	if err == nil || effect {
		err = errors.Join(err, s.Store.Delete(ctx, id))
	}
	return err
}

// TestTrouble: outcomes that are unknown are neither kept nor lost, an outage
// told as a miss is, and so is a refused write that took effect.
func TestTrouble(t *testing.T) {
	outage := errors.New("outage")
	unknown := errors.Join(sessionstore.ErrUnknownOutcome, outage)
	for _, c := range []struct {
		name   string
		err    error
		op     operation
		effect bool
		sound  bool
		told   func(r Result) int
	}{
		{"unknown, with effect", unknown, set, true, true, func(r Result) int { return r.Unknown }},
		{"unknown, without effect", unknown, set, false, true, func(r Result) int { return r.Unknown }},
		{"unknown delete", unknown, remove, true, true, func(r Result) int { return r.Unknown }},
		{"refused", outage, set, false, true, func(r Result) int { return r.Failed }},
		{"refused, with effect", outage, set, true, false, func(r Result) int { return min(r.Ghosts, r.Stale) }},
		{"denied", sessionstore.ErrNotFound, look, false, false, func(r Result) int { return r.Missed }},
	} {
		t.Run(c.name, func(t *testing.T) {
			inner := newBroken(t, nil).Store
			n := 0
			l := newLedger()
			s := &unreliable{inner, func(op operation, id string) (error, bool) {
				if n++; n%7 == 0 && op == c.op && !strings.HasPrefix(id, "probe") {
					return c.err, c.effect
				}
				return nil, false
			}}
			load := newLoad(s, l.apply, shape{Clients: 1, SizeBytes: 64, Rate: 1, ProbeTTL: time.Minute})
			for range 500 {
				load.clients[0].step(t.Context()) // the ledger has the errors
			}
			if l.whole() == nil {
				t.Error("the ledger has seen no trouble")
			}
			r := newResult(Setup{Target: memoryTarget(t), Event: Reopen})
			if err := r.check(t.Context(), inner, l); err != nil {
				t.Fatal(err)
			}
			if c.told(r) == 0 {
				t.Errorf("not told: %+v", r)
			}
			if r.Lost-r.Stale+r.Revived > 0 || c.sound && r.Stale+r.Ghosts+r.Missed > 0 {
				t.Errorf("told of what is sound: %+v", r)
			}
		})
	}
}

// unlisted hides that a store can list.
type unlisted struct{ sessionstore.Store }

// shifted ends sessions with a short ttl at another time than was asked for.
type shifted struct {
	sessionstore.Store
	by time.Duration
}

func (s shifted) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return s.Store.Set(ctx, id, data, ttl+s.by)
}

// TestProbeDrift: where nothing is listed, sessions are watched until they end.
func TestProbeDrift(t *testing.T) {
	for _, by := range []time.Duration{0, 300 * time.Millisecond, -300 * time.Millisecond} {
		t.Run(by.String(), func(t *testing.T) {
			t.Parallel()
			inner, l := newBroken(t, nil).Store, newLedger()
			load := newLoad(shifted{inner, by}, l.apply, shape{Clients: 1, SizeBytes: 64, Rate: 1, ProbeTTL: 600 * time.Millisecond})
			if err := load.seed(t.Context()); err != nil {
				t.Fatal(err)
			}
			ns, err := driftOf(t.Context(), unlisted{inner}, l)
			if err != nil {
				t.Fatal(err)
			}
			// What is proven is less than what is, by the time between two looks.
			if got := time.Duration(ns); got.Abs() > by.Abs() || got.Abs() < by.Abs()/3 || got*by < 0 {
				t.Errorf("drift: %v, want about %v and no more", got, by)
			}
		})
	}
}

// TestLostProbes: sessions that are gone at once tell nothing of deadlines.
func TestLostProbes(t *testing.T) {
	l := newLedger()
	written(t, newBroken(t, nil), l)
	empty := newBroken(t, nil).Store
	if ns, err := driftOf(t.Context(), unlisted{empty}, l); err != nil || !math.IsNaN(ns) {
		t.Errorf("drift: %v, %v, want NaN", ns, err)
	}
}

func TestDataTellsItsVersion(t *testing.T) {
	data := dataOf("client1.12", 34, 100)
	if got := versionOf("client1.12", data); got != 34 || len(data) != 100 {
		t.Errorf("version %d of %d bytes, want 34 of 100", got, len(data))
	}
	changed := slices.Clone(data)
	changed[80]++
	for name, other := range map[string][]byte{
		"of another session": dataOf("client1.1", 34, 100), "cut short": data[:15], "changed": changed, "empty": nil,
	} {
		if got := versionOf("client1.12", other); got != 0 {
			t.Errorf("data %s: version %d, want 0", name, got)
		}
	}
}
