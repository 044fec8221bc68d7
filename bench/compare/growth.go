package compare

import (
	"context"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/growth"
	"github.com/coatcheck/sessionstore/bench/target"
)

// growths measure each backend alone, on a server that has nothing else: first
// what sessions cost, then how long operations take among them.
func (c *Comparison) growths() []step {
	if c.plan.Growth == nil {
		return nil
	}
	var steps []step
	for _, config := range c.plan.Configs {
		if c.isAbsent(config) || c.plan.GrowthOnce && !growth.HasCost(config) {
			continue
		}
		var m *growth.Meter
		meter := func(ctx context.Context) (*growth.Meter, error) {
			t, err := c.use(ctx, config)
			if err == nil && m == nil {
				m = growth.New(t, *c.plan.Growth)
			}
			return m, err
		}
		for _, n := range c.plan.Costs {
			if growth.HasCost(config) {
				steps = append(steps, c.cost(config, n, meter))
			}
		}
		for _, n := range c.plan.Growth.Sessions {
			if growth.Reaches(config, n) {
				steps = append(steps, c.growth(config, n, meter))
			}
		}
	}
	return steps
}

type meterFunc func(ctx context.Context) (*growth.Meter, error)

func (c *Comparison) cost(config target.Config, n int, meter meterFunc) step {
	return step{
		title:    fmt.Sprintf("%s: storing %s sessions, which end together", config, figures.Count(n)),
		estimate: 2*time.Second + time.Duration(n)*30*time.Microsecond,
		do: func(ctx context.Context) error {
			m, err := meter(ctx)
			if err != nil {
				return err
			}
			cost, err := m.Cost(ctx, n)
			if err == nil {
				c.run.Costs = append(c.run.Costs, cost)
			}
			return err
		},
	}
}

func (c *Comparison) growth(config target.Config, n int, meter meterFunc) step {
	s := c.plan.Growth
	turns := time.Duration(len(s.Operations)*len(s.Clients)*(s.Rounds+1)) * s.RoundTime
	return step{
		title:    fmt.Sprintf("%s: operations among %s sessions", config, figures.Count(n)),
		estimate: turns + time.Duration(n)*12*time.Microsecond,
		do: func(ctx context.Context) error {
			m, err := meter(ctx)
			if err != nil {
				return err
			}
			speeds, err := m.Speeds(ctx, n)
			c.run.Growths = append(c.run.Growths, speeds...)
			return err
		},
	}
}
