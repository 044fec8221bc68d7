package growth

import (
	"cmp"
	"slices"
	"time"

	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/storetest"
)

// Setup says what is measured. The zero value works.
type Setup struct {
	// Sessions are the numbers of stored sessions, the smallest first. Nil
	// means 1,000, 10,000 and 100,000.
	Sessions []int

	// SizeBytes is the size of a session's data. 0 means 512.
	SizeBytes int

	// Operations are names of storetest.Workloads. Nil means Get, Set, Touch
	// and CompareAndSwap.
	Operations []string

	// Clients are how many work at the same time, in one measurement each. Nil
	// means 64 and 1.
	Clients []int

	// Rounds is how often each operation is measured, and RoundTime how long
	// each time. 0 means 3 rounds of 100 ms.
	Rounds    int
	RoundTime time.Duration

	// Quiet is how long a client works at least before the sessions end, to
	// compare with what it waits for afterwards. 0 means a second.
	Quiet time.Duration

	// Progress, if it is not nil, is told before each part what comes, such as
	// "redis-always: 100k sessions: Get, 64 clients".
	Progress func(part string)
}

// withDefaults returns s with its zero fields filled in.
func (s Setup) withDefaults() Setup {
	if s.Sessions == nil {
		s.Sessions = []int{1_000, 10_000, 100_000}
	}
	if s.Operations == nil {
		s.Operations = []string{"Get", "Set", "Touch", "CompareAndSwap"}
	}
	if s.Clients == nil {
		s.Clients = []int{64, 1}
	}
	if s.Progress == nil {
		s.Progress = func(string) {}
	}
	s.SizeBytes = cmp.Or(s.SizeBytes, 512)
	s.Rounds = cmp.Or(s.Rounds, 3)
	s.RoundTime = cmp.Or(s.RoundTime, 100*time.Millisecond)
	s.Quiet = cmp.Or(s.Quiet, time.Second)
	return s
}

// Meter measures one backend.
type Meter struct {
	target *target.Target
	setup  Setup

	perSession time.Duration // what storing one took the last time
}

// New returns a meter of a target that is open. Nobody else may use it
// meanwhile.
func New(t *target.Target, s Setup) *Meter {
	return &Meter{target: t, setup: s.withDefaults(), perSession: 20 * time.Microsecond}
}

// workload returns a workload of storetest, and false where there is none of
// that name.
func workload(name string) (storetest.Workload, bool) {
	all := storetest.Workloads()
	i := slices.IndexFunc(all, func(w storetest.Workload) bool { return w.Name == name })
	if i < 0 {
		return storetest.Workload{}, false
	}
	return all[i], true
}
