package httpsession

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/coatcheck/sessionstore"
)

// longestPause is what an attempt waits for at most after many that failed.
const longestPause = 20 * time.Millisecond

// retry calls attempt with s, and again with what the store has by then as long
// as the answer is ErrConflict and ctx lasts. The pauses in between are random,
// so that those who met do not meet again.
func (m *Manager[T]) retry(ctx context.Context, s *session[T], attempt func(s *session[T]) error) error {
	for most := time.Millisecond; ; most = min(2*most, longestPause) {
		err := attempt(s)
		if !errors.Is(err, sessionstore.ErrConflict) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("other requests were faster each time: %w", ctx.Err())
		case <-time.After(rand.N(most)):
		}
		if s, err = m.fetch(ctx, s.id); err != nil {
			return err
		}
	}
}
