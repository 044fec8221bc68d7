package sessionstore

import "context"

// handler is a decorator under which a session has a handle: a name that All
// lists and Delete takes, and that opens nothing. A decorator forwards both
// methods to its inner store with [handleOf] and [getHandle].
type handler interface {
	// handle returns the handle of id.
	handle(id string) string

	// getHandle is Get of the session that has the handle. It is for Owners,
	// which shows a user the sessions that are the user's own.
	getHandle(ctx context.Context, handle string) ([]byte, error)
}

// handleOf returns how s lists the session id: the id itself, unless a
// decorator hides it.
func handleOf(s Store, id string) string {
	if h, ok := s.(handler); ok {
		return h.handle(id)
	}
	return id
}

// getHandle returns the data of the session that s lists as handle.
func getHandle(ctx context.Context, s Store, handle string) ([]byte, error) {
	if h, ok := s.(handler); ok {
		return h.getHandle(ctx, handle)
	}
	return s.Get(ctx, handle)
}
