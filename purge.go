package sessionstore

import "context"

// A Purger gives back the room of expired sessions when it is told to.
type Purger interface {
	Store

	// DeleteExpired removes the records of sessions that have expired, those
	// of namespaces included, in bounded batches, and returns how many it
	// removed. It never removes a session that was renewed meanwhile
	// (Purge/OnlyExpired). Nothing depends on it but room: an expired session
	// is invisible before.
	DeleteExpired(ctx context.Context) (int, error)
}

// DeleteExpired removes expired records from s now, whatever its sweeper does.
// On a backend whose server removes them by itself the error matches
// [errors.ErrUnsupported].
func DeleteExpired(ctx context.Context, s Store) (int, error) {
	if p, ok := s.(Purger); ok {
		return p.DeleteExpired(ctx)
	}
	return 0, unsupported("delete expired", s)
}
