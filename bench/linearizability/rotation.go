package linearizability

// step is a part of a rotation that is not atomic.
type step uint8

const (
	whole      step = iota // not in steps
	createsNew             // the new session is created
	endsOld                // the old one is ended, if its data is still the expected
	takesBack              // the new one is ended, if its data is still the rotation's
)

// maxRotations bounds the rotations of one history: each has four bits of
// state.rotations, two for the last step done and one for whether it created
// the new session.
const (
	maxRotations = 16
	bitsPer      = 4
	stepMask     = 3
	createdBit   = 4
)

// steps returns the steps that a rotation with an outcome may have taken.
func (o Outcome) steps() []step {
	switch o {
	case OK:
		return []step{createsNew, endsOld}
	case Exists:
		return []step{createsNew}
	default:
		return []step{createsNew, endsOld, takesBack}
	}
}

// nextRotation is next for a rotation at one instant. Where several refusals
// apply, the contract leaves open which is told.
func (e *event) nextRotation(s state) []state {
	var next []state
	add := func(old, new session) {
		s.ids[e.ID], s.ids[e.To] = old, new
		next = append(next, s)
	}
	old, new := s.ids[e.ID], s.ids[e.To]
	unknown := e.Outcome == Unknown
	if unknown {
		add(old, new)
	}
	for _, metOld := range e.meets(old) {
		switch {
		case e.Outcome == NotFound && !metOld.live,
			e.Outcome == Conflict && metOld.live && metOld.value != e.Old:
			add(metOld, new)
		}
		for _, metNew := range e.meets(new) {
			switch moves := metOld.live && metOld.value == e.Old && !metNew.live; {
			case e.Outcome == Exists && metNew.live:
				add(old, metNew)
			case moves && (unknown || e.Outcome == OK):
				add(session{}, e.write(e.New))
			}
		}
	}
	return next
}

// nextStep is next for a step of a rotation. The steps come in their order.
func (e *event) nextStep(s state) []state {
	shift := e.rotation * bitsPer
	if done := step(s.rotations >> shift & stepMask); done+1 != e.step {
		return nil
	}
	s.rotations += 1 << shift
	created := s.rotations>>shift&createdBit != 0
	switch e.step {
	case createsNew:
		return e.nextCreate(s, createdBit<<shift)
	case endsOld:
		return e.nextEnd(s, created)
	default:
		return e.nextTakeBack(s, created)
	}
}

// nextCreate is the first step. A rotation that did not succeed may or may not
// have come so far.
func (e *event) nextCreate(s state, created uint64) []state {
	var next []state
	if e.Outcome != OK && e.Outcome != Exists {
		next = append(next, s)
	}
	for _, met := range e.meets(s.ids[e.To]) {
		after := s
		switch {
		case met.live && e.Outcome == Exists:
			next = append(next, after)
		case !met.live && e.Outcome != Exists:
			after.ids[e.To] = e.write(e.New)
			after.rotations |= created
			next = append(next, after)
		}
	}
	return next
}

// nextEnd is the second step, or the look at the old session that comes before
// the first: a refusal is explained by either.
func (e *event) nextEnd(s state, created bool) []state {
	var next []state
	if e.Outcome == Unknown || e.Outcome == Failed {
		next = append(next, s)
	}
	for _, met := range e.meets(s.ids[e.ID]) {
		after := s
		after.ids[e.ID] = met
		switch equal := met.live && met.value == e.Old; {
		case equal && (e.Outcome == OK || e.Outcome == Unknown && created):
			after.ids[e.ID] = session{}
			next = append(next, after)
		case !met.live && e.Outcome == NotFound, met.live && !equal && e.Outcome == Conflict:
			next = append(next, after)
		}
	}
	return next
}

// nextTakeBack is the third step, of a rotation that failed. A new session that
// another has changed meanwhile is the other's and stays.
func (e *event) nextTakeBack(s state, created bool) []state {
	var next []state
	if e.Outcome == Unknown || !created {
		next = append(next, s)
	}
	if !created {
		return next
	}
	for _, met := range e.meets(s.ids[e.To]) {
		after := s
		after.ids[e.To] = met
		if met.live && met.value == e.New {
			after.ids[e.To] = session{}
		}
		next = append(next, after)
	}
	return next
}
