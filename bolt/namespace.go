package bolt

import (
	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

var _ sessionstore.Namespacer = (*Store)(nil)

// Namespace returns a store for records beside the sessions, in the same bucket.
// It shares the commits and the sweeper of the store, and ends with it: Close of
// a namespace does nothing.
func (s *Store) Namespace(name string) (sessionstore.Store, error) {
	path, err := contract.Namespace(s.namespace, name)
	if err == nil && s.core.closed.Load() {
		err = sessionstore.ErrClosed
	}
	if err != nil {
		return nil, contract.Error("bolt: namespace", err)
	}
	return &Store{core: s.core, namespace: path}, nil
}
