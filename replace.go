package sessionstore

import (
	"context"
	"time"
)

// A Replacer saves a session only while it lives.
type Replacer interface {
	Store

	// Replace is Set where a session is live under id; otherwise it returns
	// [ErrNotFound] and creates nothing (Replace/OnlyLive). A save that comes
	// after a logout cannot bring the session back (Replace/NoRevival).
	Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error
}

// Replace saves a session if it is live, and starts its deadline again.
func Replace(ctx context.Context, s Store, id string, data []byte, ttl time.Duration) error {
	if r, ok := s.(Replacer); ok {
		return r.Replace(ctx, id, data, ttl)
	}
	return unsupported("replace", s)
}
