package linearizability

import (
	"hash/maphash"
	"math"
	"time"
)

// never is the return of an operation that may still happen.
const never = time.Duration(math.MaxInt64 / 4)

// maxIDs bounds the sessions of one history.
const maxIDs = 4

// Model is what a backend promises beyond the contract that all share.
type Model struct {
	// Slack is how late a session may end, and Resolution the unit to which
	// its ttl is rounded up; zero means none.
	Slack, Resolution time.Duration

	// Steps says that a rotation is not one step: the new session is created,
	// then the old one ended, and if that fails the new one is taken back.
	Steps bool
}

// session is what lives under an id, or the zero session, which is none. It is
// live before from, gone from until on, and may be either in between.
type session struct {
	live        bool
	value       int
	from, until time.Duration

	// open is not zero where the write may have come at any time, its outcome
	// being unknown: whatever comes after it bounds its time, and open is how
	// long after that the session may live.
	open time.Duration
}

// state is what a store holds. It is comparable.
type state struct {
	ids       [maxIDs]session
	rotations uint64 // how far those in steps have come; see rotation.go
}

var hashSeed = maphash.MakeSeed()

func (s state) hash() uint64 { return maphash.Comparable(hashSeed, s) }

// event is an operation, or one step of a rotation, as the model judges it: its
// Return is never where it may still happen.
type event struct {
	Operation
	step     step
	rotation uint // number of a rotation in steps
	model    Model
	drift    time.Duration
}

// next returns every state that the store can be in after e, if it was in s
// before; none where e cannot have ended as it did.
func (e *event) next(s state) []state {
	s.ids[e.ID] = e.witness(s.ids[e.ID])
	s.ids[e.To] = e.witness(s.ids[e.To])
	switch {
	case e.step != whole:
		return e.nextStep(s)
	case e.Kind == Rotate:
		return e.nextRotation(s)
	}
	var next []state
	if e.Outcome == Unknown {
		next = append(next, s) // it did not happen, or will later
	}
	for _, met := range e.meets(s.ids[e.ID]) {
		outcome, value, after := e.effect(met)
		if e.Outcome == Unknown || e.Outcome == outcome && e.Value == value {
			s.ids[e.ID] = after
			next = append(next, s)
		}
	}
	return next
}

// witness narrows the deadline of a write of unknown outcome: it came before e.
func (e *event) witness(s session) session {
	if s.open > 0 && e.Return < never {
		s.until = min(s.until, e.Return+s.open)
		s.open = 0
	}
	return s
}

// meets returns what e can have found where s is: the session, none, or, at
// the time of its deadline, either.
func (e *event) meets(s session) (met []session) {
	if s.live && e.Call < s.until {
		met = append(met, s)
	}
	switch {
	case s.live && s.from <= e.Return:
		met = append(met, session{})
	case !s.live:
		met = append(met, s)
	}
	return met
}

// effect is the contract: what the operation does where it meets a session, or
// the zero session for none.
func (e *event) effect(met session) (outcome Outcome, value int, after session) {
	switch e.Kind {
	case Set:
		return OK, 0, e.write(e.New)
	case Delete:
		return OK, 0, session{}
	case Create:
		if met.live {
			return Exists, 0, met
		}
		return OK, 0, e.write(e.New)
	}
	if !met.live {
		return NotFound, 0, met
	}
	switch e.Kind {
	case Get:
		return OK, met.value, met
	case Touch:
		return OK, 0, e.write(met.value)
	case GetAndTouch:
		return OK, met.value, e.write(met.value)
	case Replace:
		return OK, 0, e.write(e.New)
	default: // Swap
		if met.value != e.Old {
			return Conflict, 0, met
		}
		return OK, 0, e.write(e.New)
	}
}

// write returns the session that e leaves, with the interval of its deadline.
func (e *event) write(value int) session {
	s := session{live: true, value: value, from: e.Call + e.TTL - e.drift}
	ttl := e.TTL + e.model.Slack + e.drift
	if unit := e.model.Resolution; unit > 0 {
		ttl += (unit - e.TTL%unit) % unit
	}
	s.until = e.Return + ttl
	if e.Return >= never {
		s.open = ttl
	}
	return s
}
