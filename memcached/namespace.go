package memcached

import (
	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// Namespace returns a *Store for records that are no sessions of this one. It
// shares this store's connections and ends with it.
func (s *Store) Namespace(name string) (sessionstore.Store, error) {
	path, err := contract.Namespace(s.namespace, name)
	if err != nil {
		return nil, contract.Error("memcached: namespace", err)
	}
	return &Store{nodes: s.nodes, prefix: s.prefix, namespace: path, timeout: s.timeout, life: s.life}, nil
}
