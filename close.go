package sessionstore

// A Closer is a Store that holds something to give back: goroutines, files, or
// the connections that it opened itself.
type Closer interface {
	Store

	// Close ends the store, waits for its goroutines, and leaves open a
	// client that the store was given. Later calls of any method return
	// [ErrClosed]; closing again returns nil (Close/Idempotent).
	Close() error
}

// Close ends s. On a store that is no [Closer] the error matches
// [errors.ErrUnsupported]; there is then nothing to give back.
func Close(s Store) error {
	if c, ok := s.(Closer); ok {
		return c.Close()
	}
	return unsupported("close", s)
}
