package compare

import (
	"context"
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
		for _, s := range peers.Settings(config.Backend) {
			c.run.Set(s.Key, s.Value)
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
			match, err := c.against(ctx, config)
			if err != nil {
				return err
			}
			results, err := match.Play(ctx, w, clients, *c.plan.Peers)
			c.run.Peers = append(c.run.Peers, results...)
			return err
		},
	}
}

// against opens a match on a backend, unless it is open from the step before,
// with its sessions, and notes who takes part.
func (c *Comparison) against(ctx context.Context, config target.Config) (*peers.Match, error) {
	t, err := c.use(ctx, config)
	if err != nil || c.rivals != nil {
		return c.rivals, err
	}
	for _, s := range peers.Settings(config.Backend) {
		c.run.Set(s.Key, s.Value)
	}
	c.rivals, err = peers.NewMatch(ctx, t)
	return c.rivals, err
}

// endMatch closes what against opened.
func (c *Comparison) endMatch() error {
	if c.rivals == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	err := c.rivals.Close(ctx)
	c.rivals = nil
	return err
}
