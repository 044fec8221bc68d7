package sessionstore

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// firstPause is about a round trip: whoever was faster is done by then.
	firstPause = 200 * time.Microsecond

	// longestPause keeps a crowd moving: a hundred writers of one session
	// take turns within seconds.
	longestPause = 20 * time.Millisecond
)

// jitter returns a random time up to d, so that those who met once do not meet
// again.
func jitter(d time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(d))) + 1
}

// wait returns after d, or with ctx's error when it ends before.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
