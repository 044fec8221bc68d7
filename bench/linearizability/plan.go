package linearizability

import (
	"math/rand/v2"
	"time"
)

// longTTL outlives every history.
const longTTL = time.Hour

// Shape says what histories are like. All of it is needed but the faults.
type Shape struct {
	TTL     time.Duration // the short ttl, which lapses while a history goes on
	Linger  time.Duration // how long to wait, at most, for it to have lapsed
	Lapses  int           // how often a client waits so long, at most
	Clients [2]int        // how many there are, at least and at most
	Steps   [2]int        // how many operations each has, likewise
	Faults  int           // how many there are, at most
}

// Plan is what the clients will do. The seed decides it; how the clients'
// operations fall together is for the machine to decide.
type Plan struct {
	seed    uint64
	clients [][]action
}

// action is one operation that a client will do.
type action struct {
	fault FaultKind     // before it
	pause time.Duration // before it; below a microsecond none
	op    Operation     // its New is a number of its own; Old is filled in later

	store   uint // which of several stores does it
	stale   bool // it expects data that is not the latest that anybody saw
	rewrite bool // it writes the latest data that anybody saw once more
}

// weights are how often an operation is chosen, in 100 or so.
var weights = [...]int{Get: 28, Set: 11, Touch: 12, Delete: 8, Create: 10, Replace: 7, Swap: 12, GetAndTouch: 12, Rotate: 16}

// NewPlan returns the plan that a seed stands for. Every second one rotates
// sessions.
func NewPlan(shape Shape, seed uint64) Plan {
	r := rand.New(rand.NewPCG(seed, 0))
	between := func(bounds [2]int) int { return bounds[0] + r.IntN(bounds[1]-bounds[0]+1) }
	p := Plan{seed: seed, clients: make([][]action, between(shape.Clients))}
	ids, rotations := 1+r.IntN(3), 0
	if r.IntN(2) == 0 {
		ids, rotations = 2, maxRotations
	}
	for c := range p.clients {
		p.clients[c] = make([]action, between(shape.Steps))
		for i := range p.clients[c] {
			a := draw(r, shape, ids, rotations > 0)
			a.op.Client = c
			a.op.New = 1 + c*1000 + i
			if a.op.Kind == Rotate {
				rotations--
			}
			if r.IntN(20) == 0 {
				a.op.New = 0
			}
			p.clients[c][i] = a
		}
	}
	p.addLapses(r, shape)
	p.addFaults(r, shape)
	return p
}

// draw returns an operation at random.
func draw(r *rand.Rand, shape Shape, ids int, rotates bool) action {
	a := action{store: uint(r.UintN(4)), stale: r.IntN(10) == 0, rewrite: r.IntN(20) == 0}
	switch r.IntN(8) {
	case 0, 1: // as long as an operation in memory, about
		a.pause = time.Duration(r.IntN(20)) * time.Microsecond
	case 2:
		a.pause = time.Duration(r.Int64N(int64(shape.TTL / 4)))
	}
	a.op.Kind, a.op.ID = drawKind(r, rotates), r.IntN(ids)
	switch a.op.Kind {
	case Get, Delete:
	case Rotate:
		a.op.To = (a.op.ID + 1) % ids
		fallthrough
	default:
		a.op.TTL = longTTL
		if r.IntN(5) < 3 {
			a.op.TTL = shape.TTL
		}
	}
	return a
}

func drawKind(r *rand.Rand, rotates bool) Kind {
	sum := 0
	for k, w := range weights {
		if Kind(k) != Rotate || rotates {
			sum += w
		}
	}
	n := r.IntN(sum)
	for k, w := range weights {
		if n -= w; n < 0 {
			return Kind(k)
		}
	}
	return Get // not reached
}

// addLapses lets clients wait until a short ttl has about lapsed.
func (p Plan) addLapses(r *rand.Rand, shape Shape) {
	for _, actions := range p.clients {
		for range r.IntN(shape.Lapses + 1) {
			actions[r.IntN(len(actions))].pause = shape.TTL/2 + time.Duration(r.Int64N(int64(shape.Linger)))
		}
	}
}

func (p Plan) addFaults(r *rand.Rand, shape Shape) {
	if shape.Faults == 0 {
		return
	}
	for range 1 + r.IntN(shape.Faults) {
		actions := p.clients[r.IntN(len(p.clients))]
		actions[r.IntN(len(actions))].fault = LostReply + FaultKind(r.IntN(int(Reset)))
	}
}
