package peers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/measure"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/storetest"
)

// The names of our own store among its peers.
const (
	Ours  = "ours"
	Again = "ours-again" // measured once more: the noise
)

// Match has our store twice and its peers, each on sessions of its own on one
// target. Its methods are not for concurrent use: what is measured is alone.
type Match struct {
	on      *target.Target
	players []player
}

// player is a store and its place.
type player struct {
	name  string
	peer  Peer // the zero value for ours
	place target.Place
	store Store
}

// NewMatch opens ours and the peers of its backend on the target. Close ends
// the match; the target stays open.
func NewMatch(ctx context.Context, on *target.Target) (*Match, error) {
	m := &Match{on: on}
	ours := Peer{open: func(ctx context.Context, p target.Place) (Store, error) { return p.Open(ctx) }}
	err := m.add(ctx, Ours, ours)
	for _, p := range Of(on.Backend) {
		if err == nil {
			err = m.add(ctx, p.Name, p)
		}
	}
	if err == nil { // last, so that no peer's turn is further from ours
		err = m.add(ctx, Again, ours)
	}
	if err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	return m, nil
}

func (m *Match) add(ctx context.Context, name string, p Peer) error {
	place := m.on.Place()
	s, err := p.open(ctx, place)
	if err != nil {
		return fmt.Errorf("peers: open %s: %w", name, err)
	}
	m.players = append(m.players, player{name, p, place, s})
	return nil
}

// Setup says how long a match is measured. The zero value is what is published.
type Setup struct {
	// Sessions are stored beforehand by each; 0 means 10,000. SizeBytes is the
	// length of their data; 0 means 1024.
	Sessions, SizeBytes int

	// Rounds is how often each has its turn; 0 means 6. An even number lets
	// each be as often before another as after it.
	Rounds int

	// RoundTime is how long a turn is; 0 means a tenth of a second.
	RoundTime time.Duration
}

// Operations returns what peers are compared by: reading, writing, the request
// of a session that slides, and a mix of them.
func Operations() []storetest.Workload {
	all := storetest.Workloads()
	return slices.DeleteFunc(all, func(w storetest.Workload) bool {
		return !slices.Contains([]string{"Get", "Set", "GetAndTouch", "Web"}, w.Name)
	})
}

// Play measures a workload on all of them that can do it, with so many clients
// each. It returns what was measured of ours-again and of each peer, with the
// ratio of ours over theirs. The first wrong answer ends it with an error.
func (m *Match) Play(ctx context.Context, w storetest.Workload, clients int, setup Setup) ([]figures.Peer, error) {
	shape := measure.Shape{Sessions: setup.Sessions, SizeBytes: setup.SizeBytes, Clients: clients}
	rounds, roundTime := setup.Rounds, setup.RoundTime
	if rounds == 0 {
		rounds = 6
	}
	if roundTime == 0 {
		roundTime = time.Second / 10
	}
	samples, err := measure.Interleave(ctx, w, shape, rounds, roundTime, m.contenders(w.Name))
	if err != nil {
		return nil, fmt.Errorf("peers: %s with %d clients on %s: %w", w.Name, clients, m.on.Backend, err)
	}
	var results []figures.Peer
	last := len(samples) - 1 // ours again, which is told first
	for _, s := range slices.Concat(samples[last:], samples[1:last]) {
		p := figures.Peer{Op: w.Name, Clients: clients, Backend: m.on.Backend, Peer: s.Name}
		results = append(results, complete(p, samples[0], s))
	}
	return results, nil
}

// contenders returns ours first and last, and between them who else has what the workload needs.
func (m *Match) contenders(workload string) []measure.Contender {
	var all []measure.Contender
	for _, p := range m.players {
		if p.isOurs() || p.peer.Has(workload) {
			all = append(all, measure.Contender{Name: p.name, Store: p.store})
		}
	}
	return all
}

func (p player) isOurs() bool { return p.peer.Name == "" }

// Close closes the stores, and removes their sessions from a server that was
// given. (What was started for the target goes with it.) On a memcached that
// was given they stay until they expire.
func (m *Match) Close(ctx context.Context) error {
	var errs []error
	for _, p := range m.players {
		errs = append(errs, p.store.Close(), p.remove(ctx, m.on))
	}
	m.players = nil
	return errors.Join(errs...)
}

// remove removes the sessions of a player whose store is closed.
func (p player) remove(ctx context.Context, on *target.Target) error {
	if on.Server != nil && on.Server.Owned() {
		return nil
	}
	if p.isOurs() || p.peer.remove == nil {
		return on.Remove(ctx, p.place)
	}
	return p.peer.remove(ctx, p.place)
}
