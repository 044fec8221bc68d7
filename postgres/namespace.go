package postgres

import (
	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// Namespace returns a *Store for other records in the same table, with the same
// connections. Its path, the names with colons between, is in the column
// namespace, which is empty for sessions. Its DeleteExpired and its Ping are
// those of the whole table. It ends when the store from [Open] or [New] is
// closed.
func (s *Store) Namespace(name string) (sessionstore.Store, error) {
	const op = "postgres: namespace"
	path, err := contract.Namespace(s.namespace, name)
	if err != nil {
		return nil, contract.Error(op, err)
	}
	if s.closed.Load() {
		return nil, contract.Error(op, sessionstore.ErrClosed)
	}
	return &Store{core: s.core, namespace: path}, nil
}
