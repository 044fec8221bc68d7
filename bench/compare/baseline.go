package compare

import (
	"context"
	"errors"
	"time"

	"github.com/coatcheck/sessionstore/bench/baseline"
	"github.com/coatcheck/sessionstore/bench/figures"
)

// baselineOperations are enough for a 99th percentile.
const baselineOperations = 2000

// baselines measure the machine without any store: the disk, and a round trip
// to one server of each kind.
func (c *Comparison) baselines() []step {
	steps := []step{c.baseline("the disk", func(context.Context) (*baseline.Baseline, error) { return baseline.Disk(c.dir) })}
	kinds := map[string]bool{}
	for _, t := range c.targets {
		if t.Server == nil || kinds[t.Backend] {
			continue
		}
		kinds[t.Backend] = true
		steps = append(steps, c.baseline("a round trip to "+t.Backend, func(ctx context.Context) (*baseline.Baseline, error) {
			return baseline.Server(ctx, t)
		}))
	}
	return steps
}

func (c *Comparison) baseline(what string, open func(context.Context) (*baseline.Baseline, error)) step {
	return step{"measuring " + what, 200 * time.Millisecond, func(ctx context.Context) error {
		b, err := open(ctx)
		if err != nil {
			return err
		}
		h, err := b.Measure(ctx, baselineOperations)
		if err := errors.Join(err, b.Close()); err != nil {
			return err
		}
		n := h.TotalCount()
		c.run.Baselines = append(c.run.Baselines, figures.Baseline{What: b.What, N: int(n), Percentiles: figures.Measure(n, h.ValueAtPercentile)})
		return nil
	}}
}
