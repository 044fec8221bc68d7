package sessionstore

import "context"

// A Clearer removes all that it stored.
type Clearer interface {
	Store

	// Clear removes every record of this store that was there when it was
	// called, those of its namespaces included, and nobody else's, however
	// near their names are (Clear/OnlyOwn). On a namespace it removes that
	// namespace. An error may leave some records; Clear may be called again.
	Clear(ctx context.Context) error
}

// Clear removes all of the store's records. See [Clearer].
func Clear(ctx context.Context, s Store) error {
	if c, ok := s.(Clearer); ok {
		return c.Clear(ctx)
	}
	return unsupported("clear", s)
}
