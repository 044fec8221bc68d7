package survival

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

const (
	checkers = 8 // how many sessions are looked up at the same time

	// recoveryLimit is how long a store may answer with errors after the
	// event, or at once for one session.
	recoveryLimit = time.Minute
)

// check looks up every session of the ledger and counts what became of them. It
// ends at the first one of which the store does not tell.
func (r *Result) check(ctx context.Context, s sessionstore.Store, l *ledger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ids := make(chan string)
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		first error
	)
	for range checkers {
		wait.Go(func() {
			for id := range ids {
				fate, err := fateIn(ctx, s, l, id)
				mu.Lock()
				r.count(fate)
				if err != nil && first == nil {
					first = fmt.Errorf("looking for a session afterwards: %w", err)
					cancel() // the others end at once
				}
				mu.Unlock()
			}
		})
	}
	for _, id := range l.ids(false) {
		ids <- id
	}
	close(ids)
	wait.Wait()
	r.takeOver(l)
	return first
}

// fateIn looks up one session.
func fateIn(ctx context.Context, s sessionstore.Store, l *ledger, id string) (fate, error) {
	data, err := patientGet(ctx, s, id)
	found := err == nil
	switch {
	case errors.Is(err, sessionstore.ErrNotFound):
	case errors.Is(err, sessionstore.ErrCorrupt): // it is there, and no use
		found = true
	case err != nil:
		return open, err
	}
	session, _ := l.session(id)
	return session.fateOf(versionOf(id, data), found), nil
}

// patientGet asks until the store answers: with data, or that there are none.
func patientGet(ctx context.Context, s sessionstore.Store, id string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, recoveryLimit)
	defer cancel()
	for {
		data, err := briefGet(ctx, s, id)
		if err == nil || errors.Is(err, sessionstore.ErrNotFound) || errors.Is(err, sessionstore.ErrCorrupt) {
			return data, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("no answer after the event: %w", err)
		case <-time.After(time.Millisecond):
		}
	}
}

// briefGet gives up early, so that a connection that died does not count for
// more than it has to.
func briefGet(ctx context.Context, s sessionstore.Store, id string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return s.Get(ctx, id)
}

func (r *Result) count(f fate) {
	switch f {
	case kept:
		r.Acked++
		r.Kept++
	case lost:
		r.Acked++
		r.Lost++
	case stale:
		r.Acked++
		r.Lost++
		r.Stale++
	case gone:
		r.Deleted++
	case revived:
		r.Deleted++
		r.Revived++
	case ghost:
		r.Ghosts++
	}
}

// takeOver copies what the ledger counted itself.
func (r *Result) takeOver(l *ledger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Failed, r.Missed = l.failed, r.Missed+l.missed
	for _, s := range l.sessions {
		if s.pending != nil {
			r.Unknown++
		}
	}
}
