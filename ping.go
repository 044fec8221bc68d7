package sessionstore

import "context"

// A Pinger is a Store that can tell whether it would answer now.
type Pinger interface {
	Store

	// Ping returns nil when the backend answers, and otherwise why not. It
	// costs one small request and changes nothing.
	Ping(ctx context.Context) error
}

// Ping asks s whether it would answer now: a health check. On a store that is
// no [Pinger] the error matches [errors.ErrUnsupported].
func Ping(ctx context.Context, s Store) error {
	if p, ok := s.(Pinger); ok {
		return p.Ping(ctx)
	}
	return unsupported("ping", s)
}
