package sessionstore

import (
	"context"
	"time"
)

// A Creator stores a session only where there is none.
type Creator interface {
	Store

	// Create is Set where no session is live under id, an expired one
	// included (Create/OnlyAbsent); otherwise it returns [ErrExists] and
	// changes nothing. Of many Creates of one id, one succeeds
	// (Create/Atomic).
	Create(ctx context.Context, id string, data []byte, ttl time.Duration) error
}

// Create stores a session under an id that no live one has. On a store that is
// no [Creator] the error matches [errors.ErrUnsupported]; so it is with every
// function of this package that needs a capability.
func Create(ctx context.Context, s Store, id string, data []byte, ttl time.Duration) error {
	if c, ok := s.(Creator); ok {
		return c.Create(ctx, id, data, ttl)
	}
	return unsupported("create", s)
}
