package compare

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/survival"
)

// restarts try each event, those that mostly wait at the same time.
func (c *Comparison) restarts() []step {
	var steps []step
	var cuts []survival.Cell
	for _, cell := range c.plan.Restarts {
		switch {
		case c.isAbsent(cell.Config):
		case cell.Event == survival.CutNetwork:
			cuts = append(cuts, cell)
		default:
			for range c.plan.times(cell) {
				steps = append(steps, c.restart(cell))
			}
		}
	}
	if len(cuts) > 0 {
		estimate := 9*time.Second + time.Duration(len(cuts))*time.Second
		steps = append(steps, step{"the network of every server cut", estimate, func(ctx context.Context) error { return c.cut(ctx, cuts) }})
	}
	return steps
}

func (c *Comparison) restart(cell survival.Cell) step {
	return step{restartTitle(cell), 2500 * time.Millisecond, func(ctx context.Context) error {
		result, err := cell.RunFor(ctx, c.dir, c.plan.Writing)
		return c.outcome(cell, survival.Outcome{Result: result, Err: err})
	}}
}

func restartTitle(cell survival.Cell) string {
	title := fmt.Sprintf("%s of %s", cell.Event, cell.Config)
	if cell.Peer != "" {
		title += " with " + cell.Peer
	}
	return title
}

func (c *Comparison) cut(ctx context.Context, cells []survival.Cell) error {
	outcomes := make([]survival.Outcome, len(cells))
	survival.Together(ctx, cells, c.dir, func(i int, o survival.Outcome) { outcomes[i] = o })
	var errs []error
	for i, o := range outcomes {
		if err := c.outcome(cells[i], o); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", restartTitle(cells[i]), err))
		}
	}
	return errors.Join(errs...)
}

// outcome notes what was left. That ours did not keep a promise is an error,
// and a figure all the same.
func (c *Comparison) outcome(cell survival.Cell, o survival.Outcome) error {
	if errors.Is(o.Err, server.ErrUnavailable) {
		c.run.Set("left-out", joined(c.run.Setting("left-out"), fmt.Sprintf("%s (%v)", restartTitle(cell), o.Err)))
		return nil
	}
	if o.Err != nil {
		return o.Err
	}
	c.run.AddRestart(o.Result.Restart)
	if cell.CountsFsyncs() && o.Result.FsyncsNote != "" {
		c.run.Set("fsyncs-not-measured", o.Result.FsyncsNote)
	}
	if t := figures.Target(cell.Config); c.run.Server(t) == "" {
		c.run.SetServer(t, o.Result.Settings.String())
	}
	return o.Result.Broken()
}

func joined(list, more string) string {
	if list == "" {
		return more
	}
	return list + "; " + more
}
