package sessionstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

const hour = time.Hour

func guarded(s sessionstore.Store) sessionstore.Store { return sessionstore.Guard(s, 0) }

// ended returns an error unless the session is not there.
func ended(s sessionstore.Store, id string) error {
	if data, err := s.Get(context.Background(), id); !errors.Is(err, sessionstore.ErrNotFound) {
		return fmt.Errorf("Get: got %q and error %v, want ErrNotFound", data, err)
	}
	return nil
}

// flaws collects what goes wrong in a scene, where one party runs at a time.
type flaws []error

func (f *flaws) note(when string, err error) {
	if err != nil {
		*f = append(*f, fmt.Errorf("%s: %w", when, err))
	}
}

// logout is a scene: a session is deleted while requests save it. Each party
// has a decorated Store of its own, as several processes would. Whoever begins
// after the Delete has returned must see nothing, and neither must anybody when
// all is over.
type logout struct {
	wrap   func(sessionstore.Store) sessionstore.Store
	there  bool  // the session lives at the beginning; otherwise it has just expired
	saves  int   // how many Sets there are
	dies   bool  // one of those who save may die
	rotate bool  // somebody rotates the session, too
	after  party // what else begins after the Delete
	blind  bool  // nobody looks before all is over
}

func (l logout) stage(b sessionstore.Store) scene {
	ctx := context.Background()
	var (
		s     scene
		wrong flaws
		moved error
	)
	if l.there {
		wrong.note("before", b.Set(ctx, l.idInBackend(), []byte("signed in"), hour))
	}
	for range l.saves {
		s.parties = append(s.parties, func(b sessionstore.Store) {
			wrong.note("Set", l.wrap(b).Set(ctx, "id", []byte("saved"), hour))
		})
	}
	if l.dies {
		s.mortal = l.saves
	}
	s.parties = append(s.parties, func(b sessionstore.Store) {
		wrong.note("Delete", l.wrap(b).Delete(ctx, "id"))
		if !l.blind {
			wrong.note("after the Delete", ended(l.wrap(b), "id"))
		}
		if l.after != nil {
			l.after(l.wrap(b))
		}
	})
	if l.rotate {
		moved = errors.New("did not end")
		s.parties = append(s.parties, func(b sessionstore.Store) {
			moved = sessionstore.Rotate(ctx, l.wrap(b), "id", "new", hour)
		})
	}
	s.check = func() error {
		wrong.note("at the end", ended(l.wrap(b), "id"))
		if err := ended(l.wrap(b), "new"); l.rotate && (err == nil) != errors.Is(moved, sessionstore.ErrNotFound) {
			wrong.note("at the end", fmt.Errorf("the rotation returned %v, and under its new id: %w", moved, err))
		}
		return errors.Join(wrong...)
	}
	return s
}

// idInBackend finds out what the backend calls the session.
func (l logout) idInBackend() string {
	m, _ := memory.New(memory.Options{SweepInterval: -1})
	defer m.Close()
	sessionstore.Create(context.Background(), l.wrap(m), "id", nil, hour)
	for session := range m.All(context.Background()) {
		return session.ID
	}
	return ""
}

// TestGuardLogoutBesideSaves plays every order.
func TestGuardLogoutBesideSaves(t *testing.T) {
	late := func(b sessionstore.Store) {
		b.Set(context.Background(), "id", []byte("saved late"), hour)
		sessionstore.Rotate(context.Background(), b, "id", "new", hour)
	}
	for name, l := range map[string]logout{
		"one":                  {saves: 1, dies: true},
		"one, there":           {saves: 1, dies: true, there: true},
		"two":                  {saves: 2},
		"two, there":           {saves: 2, dies: true, there: true},
		"one, rotation":        {saves: 1, rotate: true},
		"one, rotation, there": {saves: 1, rotate: true, there: true},
		"one, and late":        {saves: 1, after: late},
		"one, and late, there": {saves: 1, after: late, there: true},
	} {
		t.Run(name, func(t *testing.T) {
			l.wrap = guarded
			explore(t, l.stage)
		})
	}
	for name, wrap := range map[string]func(sessionstore.Store) sessionstore.Store{
		"HashIDs(Guard)": func(s sessionstore.Store) sessionstore.Store { return sessionstore.HashIDs(guarded(s)) },
		"Guard(HashIDs)": func(s sessionstore.Store) sessionstore.Store { return guarded(sessionstore.HashIDs(s)) },
		"Guard(Guard)":   func(s sessionstore.Store) sessionstore.Store { return guarded(guarded(s)) },
	} {
		t.Run(name, func(t *testing.T) {
			explore(t, logout{wrap: wrap, saves: 1}.stage)
			explore(t, logout{wrap: wrap, saves: 1, there: true, dies: true}.stage)
		})
	}
}

// steps rotates as memcached and a redis cluster do, in three steps.
type steps struct{ sessionstore.Store }

func (s steps) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return sessionstore.Create(ctx, s.Store, id, data, ttl)
}

func (s steps) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return sessionstore.Replace(ctx, s.Store, id, data, ttl)
}

func (s steps) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	if data, err := s.Get(ctx, oldID); err != nil {
		return err
	} else if !bytes.Equal(data, old) {
		return sessionstore.ErrConflict
	}
	if err := s.Create(ctx, newID, new, ttl); err != nil {
		return err
	}
	err := s.remove(ctx, oldID, old)
	if err != nil {
		s.remove(ctx, newID, new)
	}
	return err
}

// remove deletes a session that is still what it was, in one operation.
func (s steps) remove(ctx context.Context, id string, data []byte) error {
	return sessionstore.RotateSwap(ctx, s.Store, id, sessionstore.NewID(), data, []byte("bin"), 1)
}

// TestGuardOverSteps: the session may be visible for a moment, and is gone in
// the end.
func TestGuardOverSteps(t *testing.T) {
	overSteps := func(s sessionstore.Store) sessionstore.Store { return guarded(steps{s}) }
	late := func(b sessionstore.Store) { b.Set(context.Background(), "id", []byte("saved late"), hour) }
	for name, l := range map[string]logout{
		"one":           {saves: 1},
		"one, there":    {saves: 1, there: true},
		"one, and late": {saves: 1, after: late},
	} {
		t.Run(name, func(t *testing.T) {
			l.wrap, l.blind = overSteps, true
			explore(t, l.stage)
		})
	}
}

// TestGuardSavesBesideSaves: without a Delete no Set is refused.
func TestGuardSavesBesideSaves(t *testing.T) {
	explore(t, func(b sessionstore.Store) scene {
		var wrong flaws
		var s scene
		for i := range 2 {
			s.parties = append(s.parties, func(b sessionstore.Store) {
				refused := false
				o := sessionstore.Observe(guarded(b), func(context.Context, sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
					return nil, func(o sessionstore.Outcome) { refused = o.Refused }
				})
				data := []byte{byte('0' + i)}
				wrong.note("Set", o.Set(context.Background(), "id", data, hour))
				if got, err := o.Get(context.Background(), "id"); refused || err != nil || len(got) != 1 {
					wrong.note("after the Set", fmt.Errorf("got %q, %v, refused %v", got, err, refused))
				}
			})
		}
		s.check = func() error { return errors.Join(wrong...) }
		return s
	})
}

// looksFirst is a guard as one would write it at first: it looks for a
// tombstone and then creates.
type looksFirst struct {
	sessionstore.Store
	tombs sessionstore.Store
}

func (s looksFirst) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	err := sessionstore.Replace(ctx, s.Store, id, data, ttl)
	if !errors.Is(err, sessionstore.ErrNotFound) {
		return err
	}
	if _, err := s.tombs.Get(ctx, id); err == nil {
		return nil
	}
	return sessionstore.Create(ctx, s.Store, id, data, ttl)
}

func (s looksFirst) Delete(ctx context.Context, id string) error {
	return errors.Join(s.tombs.Set(ctx, id, nil, hour), s.Store.Delete(ctx, id))
}

// looksTwice also looks afterwards, and takes the session back.
type looksTwice struct{ looksFirst }

func (s looksTwice) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := s.looksFirst.Set(ctx, id, data, ttl); err != nil {
		return err
	}
	if _, err := s.tombs.Get(ctx, id); err == nil {
		return s.Store.Delete(ctx, id)
	}
	return nil
}

// TestExploreFindsFlaws shows that the scenes can fail.
func TestExploreFindsFlaws(t *testing.T) {
	first := func(s sessionstore.Store) looksFirst {
		tombs, err := sessionstore.Namespace(s, "tombs")
		if err != nil {
			t.Fatal(err)
		}
		return looksFirst{s, tombs}
	}
	plain := func(s sessionstore.Store) sessionstore.Store { return s }
	twice := func(s sessionstore.Store) sessionstore.Store { return looksTwice{first(s)} }
	for name, l := range map[string]logout{
		"no guard":                         {saves: 1, there: true, wrap: plain},
		"looks for a tombstone":            {saves: 1, wrap: func(s sessionstore.Store) sessionstore.Store { return first(s) }},
		"looks twice, seen in between":     {saves: 1, wrap: twice},
		"looks twice, and dies in between": {saves: 1, dies: true, wrap: twice},
	} {
		if _, err := findFlaw(t, l.stage); err == nil {
			t.Errorf("%s: no order shows the flaw", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}
