package target

import (
	"context"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memcached"
)

// ExpiryLag is how long after the deadline that was meant the last session has
// ended, where no write took longer than written. It is 0 for redis, which
// begins by itself to remove what has expired.
func (c Config) ExpiryLag(written time.Duration) time.Duration {
	switch c.Backend {
	case "redis":
		return 0
	case "memcached":
		return written + memcached.TTLResolution + memcached.TTLSlack
	}
	return written + clockSteps
}

// clockSteps is more than two clocks of one machine differ.
const clockSteps = 10 * time.Millisecond

// purgeLimit is how long Purge waits for a server at most.
const purgeLimit = 2 * time.Minute

// PurgePoll is how often it asks the server, which must not be its main work.
const PurgePoll = 5 * time.Millisecond

// Purge removes n sessions that have expired, or waits until the server has
// removed them: memory, bolt and postgres sweep, memcached is told to crawl,
// and redis goes at its own pace. before is what the last two counted while the
// sessions were stored, in ones that nobody else uses.
//
// The last one in a hundred may be left on those two, which look for few among
// many at leisure.
func (t *Target) Purge(ctx context.Context, s sessionstore.Store, n int, before *Counters) error {
	if before == nil {
		return sweep(ctx, s, n)
	}
	if t.Backend == "memcached" {
		if err := crawl(ctx, t.Server.Addr()); err != nil {
			return err
		}
	}
	goal := before.Records - int64(n-n/100)
	for start := time.Now(); ; {
		now, err := t.Counters(ctx)
		if err != nil || now.Records <= goal {
			return err
		}
		if time.Since(start) > purgeLimit {
			return fmt.Errorf("%s: %d of %d expired sessions are there %v after their deadline",
				t.Config, now.Records-before.Records+int64(n), n, purgeLimit)
		}
		time.Sleep(PurgePoll) // a context that ends fails the next question
	}
}

// sweep counts what it removes, so that a store whose own sweeper was there
// first is an error and no short time.
func sweep(ctx context.Context, s sessionstore.Store, n int) error {
	removed := 0
	for removed < n {
		more, err := sessionstore.DeleteExpired(ctx, s)
		if err != nil {
			return err
		}
		if more == 0 {
			return fmt.Errorf("a sweep removed %d of %d sessions that have expired", removed, n)
		}
		removed += more
	}
	return nil
}
