package compare

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coatcheck/sessionstore/bench/peers"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/storetest"
)

// peers measure others' packages beside ours, a backend at a time.
func (c *Comparison) peers() []step {
	if c.plan.Peers == nil {
		return nil
	}
	var steps []step
	for _, config := range peers.Configs() {
		if c.isAbsent(config) || !slices.Contains(c.plan.Configs, config) {
			continue
		}
		for _, w := range peers.Operations() {
			for _, clients := range c.plan.Clients {
				steps = append(steps, c.match(config, w, clients))
			}
		}
	}
	return steps
}

func (c *Comparison) match(config target.Config, w storetest.Workload, clients int) step {
	return step{
		title:    fmt.Sprintf("others on %s: %s, %d clients", config.Backend, w.Name, clients),
		estimate: time.Duration(len(peers.Of(config.Backend))+2) * time.Second,
		do: func(ctx context.Context) error {
			t, err := c.use(ctx, config)
			if err != nil {
				return err
			}
			match, err := peers.NewMatch(ctx, t)
			if err != nil {
				return err
			}
			results, err := match.Play(ctx, w, clients, *c.plan.Peers)
			c.run.Peers = append(c.run.Peers, results...)
			return errors.Join(err, match.Close(context.WithoutCancel(ctx)))
		},
	}
}
