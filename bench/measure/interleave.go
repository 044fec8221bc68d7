package measure

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/storetest"
)

// Contender is a store that is compared with others.
type Contender struct {
	Name  string
	Store sessionstore.Store
}

// Shape is how many sessions a store has, how large they are, and how many
// clients work on it. Zeros mean what they mean in storetest.Load.
type Shape struct {
	Sessions, SizeBytes, Clients int
}

// Sample is what was measured of one contender.
type Sample struct {
	Name    string
	Hist    *hdrhistogram.Histogram // of the operations' durations, in nanoseconds
	Ops     int64
	Elapsed time.Duration // of the rounds together
	Rounds  []float64     // operations a second in each round
}

// PerSecond returns the operations a second over all rounds.
func (s Sample) PerSecond() float64 { return float64(s.Ops) / s.Elapsed.Seconds() }

// Interleave measures a workload on each contender by turns, in the order A B
// C, C B A, and so on, so that a machine that becomes slower is no contender's
// loss. Each round of each contender takes roundTime or a little longer. The
// sessions are stored before, where they are not there yet, and a part of a
// round that is not measured finds out how many operations a round needs.
//
// The samples are in the order of the contenders. The first error ends it: a
// store that answers wrongly has no figures.
func Interleave(ctx context.Context, workload storetest.Workload, shape Shape, rounds int, roundTime time.Duration, contenders []Contender) ([]Sample, error) {
	recorder := NewRecorder(max(shape.Clients, 1))
	runners := make([]*runner, len(contenders))
	for i, c := range contenders {
		runners[i] = newRunner(c, workload, shape, recorder)
		if err := runners[i].warm(ctx, roundTime/5); err != nil {
			return nil, err
		}
	}
	order := slices.Clone(runners)
	for range rounds {
		for _, r := range order {
			if err := r.round(ctx, roundTime); err != nil {
				return nil, err
			}
		}
		slices.Reverse(order)
	}
	samples := make([]Sample, len(runners))
	for i, r := range runners {
		samples[i] = r.sample
	}
	return samples, nil
}

// runner does the rounds of one contender.
type runner struct {
	load     *storetest.Load
	recorder *Recorder // shared by all, which take turns
	sample   Sample
	perSec   float64 // operations a second when it last ran, 0 before
}

func newRunner(c Contender, w storetest.Workload, s Shape, recorder *Recorder) *runner {
	return &runner{
		load: &storetest.Load{
			Store: c.Store, Workload: w,
			Sessions: s.Sessions, SizeBytes: s.SizeBytes, Clients: s.Clients,
			Record: recorder.Record,
		},
		recorder: recorder,
		sample:   Sample{Name: c.Name, Hist: NewHistogram()},
	}
}

// warm stores the sessions and works for a while.
func (r *runner) warm(ctx context.Context, d time.Duration) error {
	if err := r.load.Prepare(ctx); err != nil {
		return fmt.Errorf("%s: %w", r.sample.Name, err)
	}
	if _, _, err := r.run(ctx, d); err != nil {
		return err
	}
	r.recorder.Take() // and forget it
	return nil
}

func (r *runner) round(ctx context.Context, d time.Duration) error {
	ops, took, err := r.run(ctx, d)
	if err != nil {
		return err
	}
	r.sample.Hist.Merge(r.recorder.Take())
	r.sample.Ops += int64(ops)
	r.sample.Elapsed += took
	r.sample.Rounds = append(r.sample.Rounds, float64(ops)/took.Seconds())
	return nil
}

// run works until operations have taken d.
func (r *runner) run(ctx context.Context, d time.Duration) (ops int, took time.Duration, err error) {
	for n := 0; took < d; {
		n = r.next(n, d-took)
		t, err := r.load.Run(ctx, n)
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", r.sample.Name, err)
		}
		took += max(t, 1)
		ops += n
		r.perSec = float64(ops) / took.Seconds()
	}
	return ops, took, nil
}

// next returns how many operations will take d: by the speed so far, but where
// nothing has been measured, few at first.
func (r *runner) next(last int, d time.Duration) int {
	clients := cmp.Or(r.load.Clients, 1)
	if r.perSec == 0 {
		return clients
	}
	n := int(r.perSec*d.Seconds()*1.05) + clients
	if last > 0 {
		n = min(n, 100*last)
	}
	return n
}
