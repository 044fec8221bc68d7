package compare

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/measure"
	"github.com/coatcheck/sessionstore/storetest"
)

// workloads returns the names of all workloads.
func workloads() []string {
	var names []string
	for _, w := range storetest.Workloads() {
		names = append(names, w.Name)
	}
	return names
}

// speeds measure each workload on all backends by turns. Sizes are the outer
// loop, since other sizes mean that sessions are stored anew.
func (c *Comparison) speeds() []step {
	var steps []step
	all := storetest.Workloads()
	for _, size := range c.plan.SizeBytes {
		filled := time.Duration(len(c.stores)) * (100*time.Millisecond + time.Duration(size)*50*time.Microsecond)
		for _, name := range c.plan.Workloads {
			i := slices.IndexFunc(all, func(w storetest.Workload) bool { return w.Name == name })
			for _, clients := range c.plan.Clients {
				steps = append(steps, c.speed(all[i], size, clients, filled))
				filled = 0
			}
		}
	}
	return steps
}

func (c *Comparison) speed(w storetest.Workload, size, clients int, filled time.Duration) step {
	turns := time.Duration(len(c.stores)) * c.plan.RoundTime * time.Duration(5*c.plan.Rounds+1) / 5
	return step{
		title:    fmt.Sprintf("%s, %s, %d clients", w.Name, figures.Size(size), clients),
		estimate: filled + turns*5/4,
		do: func(ctx context.Context) error {
			var contenders []measure.Contender
			for _, s := range c.stores {
				contenders = append(contenders, s.Contender)
			}
			shape := measure.Shape{Sessions: c.plan.Sessions, SizeBytes: size, Clients: clients}
			samples, err := measure.Interleave(ctx, w, shape, c.plan.Rounds, c.plan.RoundTime, contenders)
			if err != nil {
				return err
			}
			c.keep(samples, w.Name, size, clients)
			return nil
		},
	}
}

// keep notes the samples, which are in the order of the stores.
func (c *Comparison) keep(samples []measure.Sample, op string, size, clients int) {
	first := map[figures.Target]measure.Sample{}
	for i, s := range samples {
		store := c.stores[i]
		if store.again {
			once := first[store.target]
			c.run.Noises = append(c.run.Noises, figures.Noise{
				Op: op, SizeBytes: size, Clients: clients, Target: store.target, Ratio: s.PerSecond() / once.PerSecond(),
				P50Ratio: float64(s.Hist.ValueAtPercentile(50)) / float64(once.Hist.ValueAtPercentile(50)),
			})
			continue
		}
		first[store.target] = s
		c.run.Latencies = append(c.run.Latencies, figures.Latency{
			Op: op, SizeBytes: size, Clients: clients, Target: store.target,
			N: int(s.Ops), Percentiles: figures.Measure(s.Ops, s.Hist.ValueAtPercentile), PerSecond: s.PerSecond(),
		})
	}
}
