package bolt

import (
	"context"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var _ sessionstore.Purger = (*Store)(nil)

// DeleteExpired removes every session of the bucket whose deadline has passed,
// those of all namespaces included, also when it is called on one. It is the
// sweep that Options.SweepInterval repeats.
//
// It misses none: the sweep index has each session at its deadline or before,
// and a Touch that shortens a session moves it there at once. A record that
// cannot be read stays; DeleteExpired then does the rest, and returns ErrCorrupt
// beside the number, once a day for each such record.
func (s *Store) DeleteExpired(ctx context.Context) (int, error) {
	n, err := s.core.purge(ctx)
	if err != nil {
		return n, contract.Error("bolt: delete expired", err)
	}
	return n, nil
}
