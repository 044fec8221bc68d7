package compare

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/survival"
)

// restarts try each event.
func (c *Comparison) restarts() []step {
	var steps []step
	for _, cell := range c.plan.Restarts {
		if c.isAbsent(cell.Config) {
			continue
		}
		estimate := 2500 * time.Millisecond
		if cell.Event == survival.CutNetwork {
			estimate += 6 * time.Second
		}
		steps = append(steps, step{restartTitle(cell), estimate, func(ctx context.Context) error { return c.restart(ctx, cell) }})
	}
	return steps
}

func restartTitle(cell survival.Cell) string {
	title := fmt.Sprintf("%s of %s", cell.Event, cell.Config)
	if cell.Peer != "" {
		title += " with " + cell.Peer
	}
	return title
}

// restart notes what was left. That ours did not keep a promise is an error,
// and a figure all the same.
func (c *Comparison) restart(ctx context.Context, cell survival.Cell) error {
	result, err := cell.Run(ctx, c.dir)
	if errors.Is(err, server.ErrUnavailable) {
		c.run.Set("left-out", joined(c.run.Setting("left-out"), fmt.Sprintf("%s (%v)", restartTitle(cell), err)))
		return nil
	}
	if err != nil {
		return err
	}
	c.run.Restarts = append(c.run.Restarts, result.Restart)
	return result.Broken()
}

func joined(list, more string) string {
	if list == "" {
		return more
	}
	return list + "; " + more
}
