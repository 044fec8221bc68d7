package linearizability

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Run says which histories to record and check. It ends at the first
// violation.
type Run struct {
	Model Model
	Shape Shape
	Lanes []Lane // each records and checks one history after the other

	// Seed decides the seeds of all histories. With Replay it is the seed of
	// one, which is recorded again and again.
	Seed   uint64
	Replay bool

	Until     time.Time     // no history begins later; zero means that Histories decides
	Histories int           // how many there are, at most; zero means that Until decides
	Limit     time.Duration // for the check of each history
}

// Report is what came out of a run.
type Report struct {
	Histories  int
	Operations int
	Faults     int
	Unknown    int           // operations of unknown outcome
	Failed     int           // operations that failed without effect
	Undecided  int           // histories whose check did not end in time
	Checking   time.Duration // of all lanes together
	Slowest    time.Duration // check

	Failure   error    // one of those that failed or are unknown
	Violation *History // nil where there is none
}

// String is the report in one line.
func (r Report) String() string {
	return fmt.Sprintf("%d histories, %d operations, %d faults, %d unknown outcomes, %d failed without effect; "+
		"%d checks undecided; checks took %v, the slowest %v",
		r.Histories, r.Operations, r.Faults, r.Unknown, r.Failed,
		r.Undecided, r.Checking.Round(time.Millisecond), r.Slowest.Round(time.Millisecond))
}

// Do records and checks.
func (r Run) Do() Report {
	var (
		mu     sync.Mutex
		report Report // guarded by mu
		begun  int    // guarded by mu
	)
	begin := func() (n int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if report.Violation != nil || r.Histories > 0 && begun >= r.Histories ||
			!r.Until.IsZero() && time.Now().After(r.Until) {
			return 0, false
		}
		begun++
		return begun - 1, true
	}
	var wait sync.WaitGroup
	for _, lane := range r.Lanes {
		wait.Go(func() {
			for n, ok := begin(); ok; n, ok = begin() {
				h := lane.Record(NewPlan(r.Shape, r.seed(n)))
				start := time.Now()
				verdict := r.Model.Check(h, r.Limit)
				took := time.Since(start)
				mu.Lock()
				report.add(h, verdict, took)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return report
}

// seed returns the seed of the history with a number.
func (r Run) seed(n int) uint64 {
	if r.Replay {
		return r.Seed
	}
	return rand.New(rand.NewPCG(r.Seed, uint64(n))).Uint64()
}

func (r *Report) add(h History, verdict Verdict, took time.Duration) {
	r.Histories++
	r.Operations += len(h.Operations)
	r.Faults += len(h.Faults)
	r.Checking += took
	r.Slowest = max(r.Slowest, took)
	for _, op := range h.Operations {
		switch op.Outcome {
		case Unknown:
			r.Unknown++
			r.Failure = op.Err
		case Failed:
			r.Failed++
			r.Failure = op.Err
		}
	}
	switch verdict {
	case Violation:
		if r.Violation == nil {
			r.Violation = &h
		}
	case Undecided:
		r.Undecided++
	}
}
