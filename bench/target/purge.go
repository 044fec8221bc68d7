package target

import (
	"context"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memcached"
)

// ExpiryLag is how much later than at its deadline a session may end, at most.
func (c Config) ExpiryLag() time.Duration {
	if c.Backend == "memcached" {
		return memcached.TTLResolution + memcached.TTLSlack
	}
	return 10 * time.Millisecond // for the clock of a server on this machine
}

// purgeLimit is how long Purge waits for a server at most.
const purgeLimit = 2 * time.Minute

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
		time.Sleep(time.Millisecond) // a context that ends fails the next question
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
