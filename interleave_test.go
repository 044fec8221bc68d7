package sessionstore_test

import (
	"testing"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/interleave"
)

// party is somebody who uses a store beside others.
type party = func(s sessionstore.Store)

// scene is a number of parties on a new backend. See [interleave.Scene].
type scene struct {
	parties []party
	check   func() error
	mortal  int
}

func staged(stage func(b sessionstore.Store) scene) interleave.Stage {
	return func(b sessionstore.Store) interleave.Scene {
		s := stage(b)
		return interleave.Scene{Parties: s.parties, Check: s.check, Mortal: s.mortal}
	}
}

func openMemory(t *testing.T) sessionstore.Store { return newMemory(t) }

// explore plays the scene in every order in which the parties' operations on
// the backend can follow one another.
func explore(t *testing.T, stage func(b sessionstore.Store) scene) {
	t.Helper()
	interleave.Explore(t, openMemory, staged(stage))
}

// sample plays the scene in n orders at random.
func sample(t *testing.T, n int, stage func(b sessionstore.Store) scene) {
	t.Helper()
	interleave.Sample(t, n, openMemory, staged(stage))
}

func findFlaw(t *testing.T, stage func(b sessionstore.Store) scene) (orders int, err error) {
	t.Helper()
	return interleave.FindFlaw(t, openMemory, staged(stage))
}
