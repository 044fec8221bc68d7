package sessionstore

import (
	"context"
	"time"
)

// A GetToucher reads a session and moves its deadline in one round trip: the
// request of a session that slides.
type GetToucher interface {
	Store

	// GetAndTouch is Get and Touch of one live session at one instant
	// (GetAndTouch/Slides). It is a write: where no reply came back the error
	// matches [ErrUnknownOutcome].
	GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error)
}

// GetAndTouch returns the data of a live session and lets it end ttl from now.
// On a store that is no [GetToucher] it calls Touch and then Get.
func GetAndTouch(ctx context.Context, s Store, id string, ttl time.Duration) ([]byte, error) {
	if g, ok := s.(GetToucher); ok {
		return g.GetAndTouch(ctx, id, ttl)
	}
	if err := s.Touch(ctx, id, ttl); err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}
