package survival

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Setup says what happens to which sessions. Target and Event are required.
type Setup struct {
	// Target is where the sessions are. StopServer and KillServer end its
	// server and start it again: nothing else may use it meanwhile.
	Target *target.Target

	Event Event

	// Peer is the name of one of package peers, whose store is used instead of
	// ours; empty means ours.
	Peer string

	// Clients write, one operation after the other each; 0 means 8.
	Clients int

	// SizeBytes is the length of a session's data, at least 64; 0 means 512.
	SizeBytes int

	// Time is how long the clients write before the event; 0 means a second.
	Time time.Duration

	// Rate is how many operations a second the clients begin, at most and
	// all together, so that what has to be looked up afterwards is bounded
	// where a store is fast; 0 means 10,000.
	Rate int

	// Outage is how long CutNetwork lasts; 0 means five seconds.
	Outage time.Duration

	// Fsyncs asks for FsyncsPerWrite: before the event the clients write for
	// half of Time, or long enough for a sync a second, while strace watches.
	Fsyncs bool
}

// complete fills in what was left out and refuses what cannot be.
func (s Setup) complete() (Setup, error) {
	s.Clients = orDefault(s.Clients, 8)
	s.SizeBytes = orDefault(s.SizeBytes, 512)
	s.Rate = orDefault(s.Rate, 10_000)
	s.Time = orDefault(s.Time, time.Second)
	s.Outage = orDefault(s.Outage, 5*time.Second)
	switch {
	case s.Target == nil:
		return s, errors.New("survival: Setup.Target is nil: open one with target.Config.Open")
	case s.Clients < 0 || s.Rate < 0 || s.Time < 0 || s.Outage < 0 || s.SizeBytes < 64:
		return s, errors.New("survival: a number of the Setup is below zero, or SizeBytes below 64")
	case !slices.Contains(Events(s.Target.Config), s.Event):
		return s, fmt.Errorf("survival: %q does not happen to %s: there are %v", s.Event, s.Target.Config, Events(s.Target.Config))
	case (s.Event == StopServer || s.Event == KillServer) && !s.Target.Server.Owned():
		return s, fmt.Errorf("survival: %s: %w: the server is %s and was not started here; unset %s to have one started",
			s.Event, server.ErrUnavailable, s.Target.Server.Harness(), server.Variable(s.Target.Backend))
	case s.needsChild() && !childServed.Load():
		return s, errors.New("survival: main or TestMain has to begin with survival.ServeChild()")
	}
	return s, nil
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// needsChild reports whether the clients have a process of their own.
func (s Setup) needsChild() bool { return s.Event == KillApplication }
