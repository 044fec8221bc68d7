// Package baseline measures what this machine charges for the least that a store
// does: a round trip to a server that has nothing to do, and a write that reaches
// the disk. They stand beside the figures, which mean little without. They are
// measured once, before the stores, and not by turns with them: a store that
// seems faster by some microseconds met the machine in another mood.
package baseline

import (
	"context"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/coatcheck/sessionstore/bench/measure"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Baseline is one operation, done by one client.
type Baseline struct {
	What string // such as redis-PING, as in BenchmarkBaseline/what=

	do    func(ctx context.Context) error
	close func() error
}

// Server returns the baseline of a target's server, and nil where it has none.
// The caller closes it.
func Server(ctx context.Context, t *target.Target) (*Baseline, error) {
	if t.Server == nil {
		return nil, nil
	}
	switch t.Backend {
	case "redis":
		return redis(t.Server.URL())
	case "memcached":
		return memcached(ctx, t.Server.Addr())
	case "postgres":
		return postgres(ctx, t.Server.URL())
	}
	return nil, fmt.Errorf("baseline: there is none for %s", t.Backend)
}

// Measure does the operation n times and returns how long each took, after a
// quarter as many that do not count.
func (b *Baseline) Measure(ctx context.Context, n int) (*hdrhistogram.Histogram, error) {
	recorder := measure.NewRecorder(1)
	for i := -n / 4; i < n; i++ {
		begin := time.Now()
		if err := b.do(ctx); err != nil {
			return nil, fmt.Errorf("baseline %s: %w", b.What, err)
		}
		if i >= 0 {
			recorder.Record(0, time.Since(begin))
		}
	}
	return recorder.Take(), nil
}

// Close gives back the connection or the file.
func (b *Baseline) Close() error { return b.close() }
