package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/coatcheck/sessionstore"
)

const owner = "ada@example.com"

// house is a scene around the sessions of one owner. Each party has a store and
// Owners of its own, as several processes would.
type house struct {
	wrap    func(sessionstore.Store) sessionstore.Store
	max     int
	before  []string // sessions that are started before
	parties []func(h *visit)
	mortal  int

	// check says more of what must hold in the end: which of the ids live.
	check func(live []string) error
}

// visit is what a party works with.
type visit struct {
	store  sessionstore.Store
	owners *sessionstore.Owners
	scene  *flaws
}

func (h house) open(b sessionstore.Store, wrong *flaws) *visit {
	v := &visit{store: b, scene: wrong}
	if h.wrap != nil {
		v.store = h.wrap(b)
	}
	var err error
	v.owners, err = sessionstore.NewOwners(v.store, sessionstore.OwnersOptions{MaxSessions: h.max})
	wrong.note("NewOwners", err)
	return v
}

func (h house) stage(b sessionstore.Store) scene {
	var wrong flaws
	direct := h.open(b, &wrong)
	for _, id := range h.before {
		wrong.note("before", direct.owners.Start(context.Background(), owner, id, []byte(id), hour))
	}
	s := scene{mortal: h.mortal}
	for _, act := range h.parties {
		s.parties = append(s.parties, func(b sessionstore.Store) { act(h.open(b, &wrong)) })
	}
	s.check = func() error {
		wrong.note("at the end", h.settled(direct))
		if h.check != nil {
			wrong.note("at the end", h.check(direct.live()))
		}
		return errors.Join(wrong...)
	}
	return s
}

// settled checks that the list of the owner is what lives.
func (h house) settled(v *visit) error {
	sessions, err := v.owners.List(context.Background(), owner)
	if err != nil {
		return err
	}
	var listed []string
	for _, s := range sessions {
		listed = append(listed, string(s.Data))
	}
	slices.Sort(listed)
	if live := v.live(); !slices.Equal(listed, live) {
		return fmt.Errorf("listed are %q, but %q live", listed, live)
	}
	if h.max > 0 && len(listed) > h.max {
		return fmt.Errorf("%q live, want at most %d", listed, h.max)
	}
	return nil
}

// live returns the data, which is the id, of all sessions.
func (v *visit) live() (ids []string) {
	for s, err := range sessionstore.All(context.Background(), v.store) {
		if err != nil {
			v.scene.note("All", err)
		}
		ids = append(ids, string(s.Data))
	}
	slices.Sort(ids)
	return ids
}

// start signs in. The error must be one of the allowed; then nothing is left.
func start(id string, allowed ...error) func(v *visit) {
	return func(v *visit) {
		err := v.owners.Start(context.Background(), owner, id, []byte(id), hour)
		v.judge("Start", id, err, allowed)
	}
}

func renew(from, to string, allowed ...error) func(v *visit) {
	return func(v *visit) {
		err := v.owners.Renew(context.Background(), owner, from, to, []byte(from), []byte(to), hour)
		v.judge("Renew", to, err, allowed)
	}
}

// startInstead signs in where from is signed in, and ends that.
func startInstead(from, to string, allowed ...error) func(v *visit) {
	return func(v *visit) {
		err := v.owners.StartInstead(context.Background(), owner, from, to, []byte(to), hour)
		if v.judge("StartInstead", to, err, allowed); err != nil {
			return
		}
		v.scene.note("Delete", v.store.Delete(context.Background(), from))
		if err := v.owners.End(context.Background(), owner, v.owners.HandleOf(from)); !errors.Is(err, sessionstore.ErrNotFound) {
			v.scene.note("End", err)
		}
	}
}

func (v *visit) judge(op, id string, err error, allowed []error) {
	if err == nil {
		return
	}
	if !slices.ContainsFunc(allowed, func(e error) bool { return errors.Is(err, e) }) {
		v.scene.note(op, err)
	}
	v.scene.note("after a failed "+op, ended(v.store, id))
}

// endAll ends all sessions, and afterwards none of those ids may live.
func endAll(gone ...string) func(v *visit) {
	return func(v *visit) {
		_, err := v.owners.EndAll(context.Background(), owner)
		v.scene.note("EndAll", err)
		for _, id := range gone {
			v.scene.note("after EndAll", ended(v.store, id))
		}
	}
}

func noneOf(gone ...string) func(live []string) error {
	return func(live []string) error {
		for _, id := range gone {
			if slices.Contains(live, id) {
				return fmt.Errorf("%q lives", id)
			}
		}
		return nil
	}
}

func look(v *visit) {
	_, err := v.owners.List(context.Background(), owner)
	v.scene.note("List", err)
}

type parties = []func(v *visit)

// TestOwnersScenes plays every order, or many at random where there are too
// many.
func TestOwnersScenes(t *testing.T) {
	ctx := context.Background()
	conflict, miss := sessionstore.ErrConflict, sessionstore.ErrNotFound
	endOthers := func(v *visit) {
		_, err := v.owners.EndOthers(ctx, owner, "a")
		v.scene.note("EndOthers", err)
	}
	var found bool
	end := func(v *visit) {
		err := v.owners.End(ctx, owner, v.owners.HandleOf("a"))
		if found = err == nil; !found && !errors.Is(err, miss) {
			v.scene.note("End", err)
		}
	}
	endedToo := func(live []string) error {
		if found {
			return noneOf("a", "b")(live)
		}
		return noneOf("a")(live)
	}
	logout := func(v *visit) { v.scene.note("Delete", v.store.Delete(ctx, "a")) }
	both := func(live []string) error {
		if !slices.Equal(live, []string{"a", "b"}) {
			return fmt.Errorf("%q live, want both", live)
		}
		return nil
	}
	for name, s := range map[string]struct {
		house
		random int // how many orders, where not all
	}{
		"sign-in, sign-in":           {house: house{parties: parties{start("a"), start("b")}, check: both}},
		"sign-in, end all":           {house: house{before: []string{"a"}, parties: parties{start("b", conflict), endAll("a")}, check: noneOf("a")}},
		"renewal, end all":           {house: house{before: []string{"a"}, parties: parties{renew("a", "b", miss), endAll("a")}, check: noneOf("a", "b")}},
		"renewal that dies, end all": {random: 1000, house: house{before: []string{"a"}, mortal: 1, parties: parties{renew("a", "b", miss), endAll("a")}, check: noneOf("a", "b")}},
		"sign-in, end all, end all":  {random: 1000, house: house{parties: parties{start("a", conflict), endAll(), endAll()}}},
		"renewal, renewal": {house: house{before: []string{"a"}, parties: parties{renew("a", "b", miss, conflict), renew("a", "c", miss, conflict)}, check: func(live []string) error {
			if len(live) != 1 {
				return fmt.Errorf("%q live, want one", live)
			}
			return nil
		}}},
		"sign-in over the limit": {house: house{max: 1, before: []string{"a"}, parties: parties{start("b")}, check: noneOf("a")}},
		"sign-ins over the limit": {random: 1000, house: house{max: 2, before: []string{"a", "b"},
			parties: parties{start("c", conflict), start("d", conflict)}, check: noneOf("a", "b")}},
		"sign-in instead": {random: 2000, house: house{max: 2, before: []string{"x", "a"}, parties: parties{startInstead("a", "b"), look}, check: func(live []string) error {
			if !slices.Equal(live, []string{"b", "x"}) {
				return fmt.Errorf("%q live, want the new one and the other's", live)
			}
			return nil
		}}},
		"sign-in instead, end all": {random: 1000, house: house{max: 2, before: []string{"x", "a"}, parties: parties{startInstead("a", "b", conflict), endAll("x", "a")}, check: noneOf("a", "x")}},
		"renewal of what is kept":  {house: house{before: []string{"a", "x"}, parties: parties{renew("a", "b"), endOthers}, check: noneOf("x", "a")}, random: 1000},
		"renewal, end":             {house: house{before: []string{"a"}, parties: parties{renew("a", "b", miss), end}, check: endedToo}},
		"renewal, logout":          {house: house{before: []string{"a"}, parties: parties{renew("a", "b", miss), logout}, check: noneOf("a")}},
		"end all dies":             {house: house{before: []string{"a", "b"}, mortal: 1, parties: parties{endAll(), look}}},
		"sign-in beside a list":    {house: house{before: []string{"a"}, parties: parties{start("b"), look}, check: both}},
		"everybody": {random: 1000, house: house{before: []string{"a", "x"}, max: 3,
			parties: parties{start("b", conflict), renew("a", "c", miss), endAll("a", "x"), start("d", conflict), look}, check: noneOf("a", "x", "c")}},
		"everybody, through decorators": {random: 300, house: house{before: []string{"a", "x"}, max: 3, wrap: decorated,
			parties: parties{start("b", conflict), renew("a", "c", miss), endAll("a", "x"), start("d", conflict)}, check: noneOf("a", "x", "c")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if s.random > 0 {
				sample(t, s.random, s.stage)
				return
			}
			explore(t, s.stage)
		})
	}
}

// decorated is all decorators around a store.
func decorated(s sessionstore.Store) sessionstore.Store {
	sealed, err := sessionstore.Encrypt(s, sessionstore.EncryptOptions{Keys: [][]byte{key(1)}, Purpose: "owners"})
	if err != nil {
		return plain{}
	}
	return sessionstore.HashIDs(guarded(sealed))
}
