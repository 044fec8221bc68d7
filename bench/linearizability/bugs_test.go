package linearizability

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// Each of these stores has one defect of the field. The races among them have
// a pause where, in a real store, the network is.

// gap is a round trip.
func gap() { time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond) }

// keepsTTL is a Set that leaves the old deadline.
type keepsTTL struct{ *reference }

func (s keepsTTL) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	return s.change(id, func(r record, live bool) (record, error) {
		if live {
			return record{data, r.until}, nil
		}
		return newRecord(data, ttl), nil
	})
}

// revives is a Touch that finds what has expired and was not swept yet.
type revives struct{ *reference }

func (s revives) Touch(_ context.Context, id string, ttl time.Duration) error {
	return s.change(id, func(r record, _ bool) (record, error) {
		if r.until.IsZero() {
			return r, sessionstore.ErrNotFound
		}
		return newRecord(r.data, ttl), nil
	})
}

// checksThenCreates is a Create of two steps.
type checksThenCreates struct{ *reference }

func (s checksThenCreates) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if _, err := s.Get(ctx, id); err == nil {
		return sessionstore.ErrExists
	}
	gap()
	return s.Set(ctx, id, data, ttl)
}

// checksThenSwaps is a CompareAndSwap of two steps.
type checksThenSwaps struct{ *reference }

func (s checksThenSwaps) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	data, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if string(data) != string(old) {
		return sessionstore.ErrConflict
	}
	gap()
	return s.Replace(ctx, id, new, ttl)
}

// sweeps has a sweeper that collects what has expired, and deletes it later
// without looking again. It runs with every fourth operation or so.
type sweeps struct{ *reference }

func (s sweeps) Get(ctx context.Context, id string) ([]byte, error) {
	if rand.IntN(4) == 0 {
		s.sweep()
	}
	return s.reference.Get(ctx, id)
}

func (s sweeps) sweep() {
	s.mu.Lock()
	var expired []string
	for id, r := range s.records {
		if !time.Now().Before(r.until) {
			expired = append(expired, id)
		}
	}
	s.mu.Unlock()
	gap()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range expired {
		delete(s.records, id)
	}
}

// retries has a client that loses every fourth reply or so and sends the write
// again.
type retries struct{ *reference }

func (s retries) again(write func() error) error {
	err := write()
	if rand.IntN(4) == 0 {
		gap()
		err = write()
	}
	return err
}

func (s retries) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return s.again(func() error { return s.reference.Set(ctx, id, data, ttl) })
}

// retriesCreate is retries for a write that answers differently the second
// time.
type retriesCreate struct{ *reference }

func (s retriesCreate) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return retries(s).again(func() error { return s.reference.Create(ctx, id, data, ttl) })
}

// losesDelete is a Touch that reads and writes back, also what was deleted in
// between.
type losesDelete struct{ *reference }

func (s losesDelete) Touch(ctx context.Context, id string, ttl time.Duration) error {
	data, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	gap()
	return s.Set(ctx, id, data, ttl)
}

// forgetsDelete acknowledges every fourth Delete or so and does nothing.
type forgetsDelete struct{ *reference }

func (s forgetsDelete) Delete(ctx context.Context, id string) error {
	if rand.IntN(4) == 0 {
		return nil
	}
	return s.reference.Delete(ctx, id)
}

// oneStatement is a swap like one statement of PostgreSQL that changes the row
// and also says why it did not: it waits for whoever has locked the row and
// judges by what it finds then, but explains by what was there at its start.
type oneStatement struct{ *reference }

func (s oneStatement) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	_, err := s.Get(ctx, id) // the snapshot
	gap()                    // the lock
	if s.reference.CompareAndSwap(ctx, id, old, new, ttl) == nil {
		return nil
	}
	if err != nil {
		return sessionstore.ErrNotFound
	}
	return sessionstore.ErrConflict
}

// createsThenDeletes is a rotation of two steps that looks no second time.
type createsThenDeletes struct{ *reference }

func (s createsThenDeletes) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	data, err := s.Get(ctx, oldID)
	if err != nil {
		return err
	}
	if string(data) != string(old) {
		return sessionstore.ErrConflict
	}
	if err := s.Create(ctx, newID, new, ttl); err != nil {
		return err
	}
	gap()
	return s.Delete(ctx, oldID)
}

// guesses calls a write of unknown outcome a failure without effect.
type guesses struct{ *reference }

func (s guesses) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	err := s.reference.Set(ctx, id, data, ttl)
	if rand.IntN(8) == 0 {
		return errors.New("no reply")
	}
	return err
}

// quick has ttls of some milliseconds, which lapse while a history goes on.
var quick = Shape{
	TTL: 2 * time.Millisecond, Linger: 3 * time.Millisecond, Lapses: 2,
	Clients: [2]int{4, 8}, Steps: [2]int{10, 25},
}

// A defect must be found in bugLimit histories, from bugSeed on. Most take
// fewer than ten.
const (
	bugLimit = 1000
	bugSeed  = 1
)

func TestBugsAreCaught(t *testing.T) {
	for _, bug := range []struct {
		name  string
		store func(*reference) sessionstore.Store
		steps bool // judged as a rotation in steps
	}{
		{"Set keeps the old ttl", func(r *reference) sessionstore.Store { return keepsTTL{r} }, false},
		{"Touch revives", func(r *reference) sessionstore.Store { return revives{r} }, false},
		{"check, then Create", func(r *reference) sessionstore.Store { return checksThenCreates{r} }, false},
		{"check, then swap", func(r *reference) sessionstore.Store { return checksThenSwaps{r} }, false},
		{"sweep deletes what was renewed", func(r *reference) sessionstore.Store { return sweeps{r} }, false},
		{"Set is sent again", func(r *reference) sessionstore.Store { return retries{r} }, false},
		{"Create is sent again", func(r *reference) sessionstore.Store { return retriesCreate{r} }, false},
		{"Touch undoes a Delete", func(r *reference) sessionstore.Store { return losesDelete{r} }, false},
		{"Delete is lost", func(r *reference) sessionstore.Store { return forgetsDelete{r} }, false},
		{"swap in one statement", func(r *reference) sessionstore.Store { return oneStatement{r} }, false},
		{"create, then delete", func(r *reference) sessionstore.Store { return createsThenDeletes{r} }, false},
		{"create, then delete, in steps", func(r *reference) sessionstore.Store { return createsThenDeletes{r} }, true},
		{"unknown is called failed", func(r *reference) sessionstore.Store { return guesses{r} }, false},
	} {
		t.Run(bug.name, func(t *testing.T) {
			mustCatch(t, Model{Steps: bug.steps}, bug.store(newReference()))
		})
	}
}

func mustCatch(t *testing.T, m Model, s sessionstore.Store) {
	t.Helper()
	lane := Lane{Stores: []sessionstore.Store{s}}
	r := Run{Model: m, Shape: quick, Lanes: []Lane{lane, lane}, Seed: bugSeed, Histories: bugLimit, Limit: checkLimit}
	report := r.Do()
	if report.Violation == nil {
		t.Fatalf("%+v: not caught in %d histories from the seed %d: %v", m, bugLimit, bugSeed, report)
	}
	t.Logf("%+v: caught with the seed %d: %v", m, report.Violation.Seed, report)
}

// TestReferenceIsNotAccused checks the store that the broken ones are made of,
// over the same histories.
func TestReferenceIsNotAccused(t *testing.T) {
	lane := Lane{Stores: []sessionstore.Store{newReference()}}
	report := judge(t, Run{Shape: quick, Lanes: []Lane{lane, lane}, Seed: bugSeed, Histories: bugLimit})
	if report.Failed+report.Unknown > 0 {
		t.Errorf("operations failed: %v", report.Failure)
	}
}
