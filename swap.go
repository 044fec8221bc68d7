package sessionstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

// A Swapper changes a session only if it is still what its reader saw.
type Swapper interface {
	Store

	// CompareAndSwap stores new for ttl from now if a session is live under
	// id and its data equals old, and otherwise changes nothing: it returns
	// [ErrConflict] where the data differs and [ErrNotFound] where there is
	// none (Swap/OnlyEqual, Swap/NoRevival). It compares content: data that
	// was changed and changed back is equal, and a Touch never makes a swap
	// fail (Swap/TouchNeverConflicts).
	CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error
}

// CompareAndSwap stores new under id if the live data equals old. See
// [Swapper].
func CompareAndSwap(ctx context.Context, s Store, id string, old, new []byte, ttl time.Duration) error {
	if w, ok := s.(Swapper); ok {
		return w.CompareAndSwap(ctx, id, old, new, ttl)
	}
	return unsupported("compare and swap", s)
}

// Update changes the data of a live session with f, and lets it end ttl from
// now. No update is lost, however many run at once (Swap/Atomic): where another
// was faster, Update reads again and calls f again, until ctx ends.
//
// f gets the data, which it may keep and change, and returns what to store. It
// may run many times, so it should do nothing else. An error of f ends Update
// and is returned as it is. So does an error of the store: [ErrNotFound] where
// the session has ended, [ErrUnknownOutcome] where the last swap may have
// happened.
func Update(ctx context.Context, s Store, id string, ttl time.Duration, f func(data []byte) ([]byte, error)) error {
	if _, ok := s.(Swapper); !ok {
		return unsupported("update", s)
	}
	return retry(ctx, func() error {
		data, err := s.Get(ctx, id)
		if err != nil {
			return err
		}
		changed, err := f(bytes.Clone(data))
		if err != nil {
			return err
		}
		return CompareAndSwap(ctx, s, id, data, changed, ttl)
	})
}

// retry calls f until it returns anything but ErrConflict, or ctx ends, each
// time after a longer pause.
func retry(ctx context.Context, f func() error) error {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := f()
		if !errors.Is(err, ErrConflict) {
			return err
		}
		if err := wait(ctx, jitter(pause)); err != nil {
			return fmt.Errorf("others were faster each time: %w", err)
		}
	}
}
