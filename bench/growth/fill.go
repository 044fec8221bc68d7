package growth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/storetest"
)

// fill stores the sessions of a storetest.Load, so that they end at the
// deadline where there is one, and returns how long the longest write took.
// Some are read again, to prove that the store finds what was stored past it.
// A session that has ended by then is errLate.
func (r *Room) fill(ctx context.Context, sessions int, deadline time.Time) (longest time.Duration, err error) {
	get, _ := workload("Get")
	load := func(s sessionstore.Store) *storetest.Load {
		return &storetest.Load{Store: s, Workload: get, Sessions: sessions, SizeBytes: r.meter.setup.SizeBytes}
	}
	b, err := newBulk(ctx, r)
	if err != nil {
		return 0, err
	}
	l := &loader{bulk: b, deadline: deadline}
	err = load(l).Prepare(ctx)
	if err == nil {
		err = l.flush(ctx)
	}
	if err = errors.Join(err, b.close()); err != nil {
		return 0, fmt.Errorf("%s: %w", r.place.Config, err)
	}
	if _, err := load(r.Store).Run(ctx, checks); err != nil {
		if l.isOver() && errors.Is(err, sessionstore.ErrNotFound) {
			err = errLate
		}
		return 0, fmt.Errorf("%s: reading what was stored in bulk: %w", r.place.Config, err)
	}
	return l.longest, nil
}

// checks is how many sessions are read after a fill.
const checks = 100

// errLate says that storing sessions took longer than they were to live.
var errLate = errors.New("the sessions end before all are stored")

// session is one that waits to be stored.
type session struct {
	id   string
	data []byte
}

// loader is a store that can only be filled. It collects sessions and stores
// them in batches.
type loader struct {
	bulk     bulk
	deadline time.Time // of all sessions; zero: each has the ttl that it comes with

	mu      sync.Mutex
	batch   []session     // guarded by mu
	ttl     time.Duration // of the batch; guarded by mu
	longest time.Duration // of the writes; guarded by mu
}

// isOver reports whether the sessions have ended.
func (l *loader) isOver() bool { return !l.deadline.IsZero() && time.Now().After(l.deadline) }

// Get finds nothing: what is there already is stored again.
func (l *loader) Get(context.Context, string) ([]byte, error) {
	return nil, sessionstore.ErrNotFound
}

// Set has the caller store the batch that it completes.
func (l *loader) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	l.mu.Lock()
	l.batch = append(l.batch, session{id, bytes.Clone(data)})
	l.ttl = ttl
	var full []session
	if len(l.batch) >= l.bulk.batch {
		full, l.batch = l.batch, make([]session, 0, l.bulk.batch)
	}
	l.mu.Unlock()
	if full == nil {
		return nil
	}
	return l.write(ctx, full, ttl)
}

func (l *loader) write(ctx context.Context, batch []session, ttl time.Duration) error {
	if l.isOver() {
		return errLate
	}
	if !l.deadline.IsZero() {
		ttl = max(time.Until(l.deadline), 1)
	}
	start := time.Now()
	err := l.bulk.write(ctx, batch, ttl)
	took := time.Since(start)
	l.mu.Lock()
	l.longest = max(l.longest, took)
	l.mu.Unlock()
	return err
}

// flush stores what is left. Nobody may be in Set.
func (l *loader) flush(ctx context.Context) error {
	batch := slices.Clip(l.batch)
	l.batch = nil
	if len(batch) == 0 {
		return nil
	}
	return l.write(ctx, batch, l.ttl)
}

// Touch is unsupported.
func (l *loader) Touch(context.Context, string, time.Duration) error { return errors.ErrUnsupported }

// Delete is unsupported.
func (l *loader) Delete(context.Context, string) error { return errors.ErrUnsupported }
