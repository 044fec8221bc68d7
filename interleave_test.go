package sessionstore_test

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

// party is somebody who uses a store beside others. The store is the backend
// behind a gate that lets one operation pass at a time.
type party func(s sessionstore.Store)

// scene is a number of parties on a new backend. Its check runs when all have
// ended, and returns what is wrong.
type scene struct {
	parties []party
	check   func() error

	// mortal is the number of parties, the first ones, one of which may die
	// before any of its operations.
	mortal int
}

// mostOrders is where a scene is too large to be played in every order.
const mostOrders = 30_000

// explore runs the scene in every order in which the parties' operations on the
// backend can follow one another, and fails on the first that ends badly.
func explore(t *testing.T, stage func(b sessionstore.Store) scene) {
	t.Helper()
	orders, err := findFlaw(t, stage)
	switch {
	case err != nil:
		t.Errorf("after %d orders: %v", orders, err)
	case orders == mostOrders:
		t.Errorf("the scene has more than %d orders", orders)
	}
	t.Logf("%d orders", orders)
}

func findFlaw(t *testing.T, stage func(b sessionstore.Store) scene) (orders int, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b, order := newMemory(t), []choice{}
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

// sample plays the scene in n orders at random.
func sample(t *testing.T, n int, stage func(b sessionstore.Store) scene) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	synctest.Test(t, func(t *testing.T) {
		b := newMemory(t)
		for i := range n {
			if err := play(t, b, stage, random.IntN); err != nil {
				t.Errorf("order %d of seed %d: %v", i, seed, err)
				return
			}
		}
	})
}

// play runs the scene on b, emptied, in the order that choose determines: it gets the number
// of possible moves and returns one of them.
func play(t *testing.T, b sessionstore.Store, stage func(b sessionstore.Store) scene, choose func(options int) int) error {
	if err := sessionstore.Clear(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	s := stage(b)
	gates := make([]*gate, len(s.parties))
	for i, act := range s.parties {
		g := &gate{pass: make(chan bool)}
		gates[i] = g
		go func() {
			defer func() { g.ended = true }()
			act(sessionstore.Observe(b, g.enter))
		}()
	}
	var story strings.Builder
	for mayDie := s.mortal; ; {
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
	if err := s.check(); err != nil {
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
