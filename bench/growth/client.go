package growth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
)

const (
	staying   = 100                    // sessions that do not end, which a client works on
	stayTTL   = time.Hour              // longer than a measurement
	thinkTime = 200 * time.Microsecond // between two operations of the client
)

// client is a visitor whose session stays while those of others end. It reads
// and writes by turns, and pauses in between as a site's requests do: one that
// never pauses measures how the machine shares out its processors.
type client struct {
	store sessionstore.Store
	ids   []string
	data  []byte
}

// newClient stores the client's sessions.
func newClient(ctx context.Context, s sessionstore.Store, sizeBytes int) (*client, error) {
	c := &client{store: s, data: bytes.Repeat([]byte("s"), sizeBytes)}
	for i := range staying {
		c.ids = append(c.ids, fmt.Sprintf("staying-%d", i))
		if err := s.Set(ctx, c.ids[i], c.data, stayTTL); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// during lets the client work while f runs, and returns its longest operation.
// An operation that fails is an error: no session of the client ends.
func (c *client) during(ctx context.Context, f func(context.Context) error) (longest time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		var err error
		longest, err = c.work(ctx, ended)
		if err != nil {
			cancel(err)
		}
		done <- err
	}()
	err = f(ctx)
	close(ended)
	if failed := <-done; failed != nil {
		return 0, fmt.Errorf("a session that stays: %w", failed)
	}
	return longest, err
}

func (c *client) work(ctx context.Context, ended <-chan struct{}) (longest time.Duration, err error) {
	pause := time.NewTicker(thinkTime)
	defer pause.Stop()
	for i := 0; ; i++ {
		took, err := c.operation(ctx, i)
		if err != nil {
			return 0, err
		}
		longest = max(longest, took)
		select {
		case <-ended:
			return longest, nil
		case <-pause.C:
		}
	}
}

func (c *client) operation(ctx context.Context, i int) (took time.Duration, err error) {
	id := c.ids[i%len(c.ids)]
	start := time.Now()
	if i/len(c.ids)%2 == 0 {
		var data []byte
		data, err = c.store.Get(ctx, id)
		if err == nil && len(data) != len(c.data) {
			err = errors.New("it has another length")
		}
	} else {
		err = c.store.Set(ctx, id, c.data, stayTTL)
	}
	return time.Since(start), err
}
