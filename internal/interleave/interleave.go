// Package interleave plays what several users of a store do at once in every
// order in which their operations can follow one another, and finds the order
// that ends badly.
package interleave

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// Scene is a number of parties on a backend that is empty.
type Scene struct {
	// Parties use the backend beside each other. Each gets the backend behind
	// a gate that lets one operation of all parties pass at a time.
	Parties []func(s sessionstore.Store)

	// Mortal is the number of parties, the first ones, one of which may die
	// before any of its operations.
	Mortal int

	// Check runs when all parties have ended, and returns what is wrong.
	Check func() error
}

// A Stage sets a scene on a backend.
type Stage func(backend sessionstore.Store) Scene

// mostOrders is where a scene is too large to be played in every order.
const mostOrders = 30_000

// Explore plays a scene in every order, and fails on the first that ends badly.
// open makes the backend, inside a bubble of testing/synctest.
func Explore(t *testing.T, open func(t *testing.T) sessionstore.Store, stage Stage) {
	t.Helper()
	orders, err := FindFlaw(t, open, stage)
	switch {
	case err != nil:
		t.Errorf("after %d orders: %v", orders, err)
	case orders == mostOrders:
		t.Errorf("the scene has more than %d orders", orders)
	}
	t.Logf("%d orders", orders)
}

// FindFlaw is Explore for a scene that should end badly: it returns how it did,
// and how many orders were played.
func FindFlaw(t *testing.T, open func(t *testing.T) sessionstore.Store, stage Stage) (orders int, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b, order := open(t), []choice{}
		for orders = 0; order != nil && orders < mostOrders && err == nil; orders++ {
			at := 0
			err = play(t, b, stage, func(options int) int {
				if at == len(order) {
					order = append(order, choice{})
				}
				order[at].options = options
				at++
				return order[at-1].taken
			})
			order = following(order)
		}
	})
	return orders, err
}

// choice is one of the moves that were possible.
type choice struct{ taken, options int }

// following returns how the order begins that comes next, or nil.
func following(order []choice) []choice {
	for i, c := range slices.Backward(order) {
		if c.taken+1 < c.options {
			return append(slices.Clone(order[:i]), choice{taken: c.taken + 1})
		}
	}
	return nil
}

// Sample plays a scene in n orders at random.
func Sample(t *testing.T, n int, open func(t *testing.T) sessionstore.Store, stage Stage) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	synctest.Test(t, func(t *testing.T) {
		b := open(t)
		for i := range n {
			if err := play(t, b, stage, random.IntN); err != nil {
				t.Errorf("order %d of seed %d: %v", i, seed, err)
				return
			}
		}
	})
}

// play runs the scene on b, emptied, in the order that choose determines: it
// gets the number of possible moves and returns one of them.
func play(t *testing.T, b sessionstore.Store, stage Stage, choose func(options int) int) error {
	if err := sessionstore.Clear(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	s := stage(b)
	gates := make([]*gate, len(s.Parties))
	for i, act := range s.Parties {
		g := &gate{pass: make(chan bool)}
		gates[i] = g
		go func() {
			defer func() { g.ended = true }()
			act(sessionstore.Observe(b, g.enter))
		}()
	}
	var story strings.Builder
	for mayDie := s.Mortal; ; {
		moves := possible(gates, mayDie)
		if len(moves) == 0 {
			break
		}
		m := moves[choose(len(moves))]
		fmt.Fprintf(&story, "\n  %d: %s", m.party, m)
		if m.dies {
			mayDie = 0
		}
		gates[m.party].pass <- !m.dies
	}
	if err := s.Check(); err != nil {
		return fmt.Errorf("%w\nin this order:%s", err, story.String())
	}
	return nil
}

// gate holds a party before each of its operations.
type gate struct {
	pass  chan bool // false lets the party die
	op    string    // the operation before which the party waits, or empty
	ended bool
}

func (g *gate) enter(ctx context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
	g.op = strings.TrimPrefix(op.Namespace+"/"+op.Name, "/")
	alive := <-g.pass
	g.op = ""
	if !alive {
		runtime.Goexit()
	}
	return nil, nil
}

// move is one thing that can happen next.
type move struct {
	party int
	op    string
	dies  bool
}

func (m move) String() string {
	if m.dies {
		return "dies before " + m.op
	}
	return m.op
}

// possible returns the moves that the parties can make now.
func possible(gates []*gate, mayDie int) []move {
	for {
		time.Sleep(50 * time.Millisecond) // longer than the pause of who has met a conflict
		synctest.Wait()
		var moves []move
		waiting := false
		for i, g := range gates {
			switch {
			case g.op != "":
				moves = append(moves, move{party: i, op: g.op})
				if i < mayDie {
					moves = append(moves, move{party: i, op: g.op, dies: true})
				}
			case !g.ended:
				waiting = true
			}
		}
		if len(moves) > 0 || !waiting {
			return moves
		}
	}
}
