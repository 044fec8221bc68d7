package redis

import (
	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// Namespace implements [sessionstore.Namespacer]. It returns a *Store on the
// same client with keys prefix:#name:id, or prefix:#outer:inner:id where
// namespaces are nested. It sends nothing.
func (s *Store) Namespace(name string) (sessionstore.Store, error) {
	path, err := contract.Namespace(s.keys.namespace, name)
	if err != nil {
		return nil, contract.Error("redis: namespace", err)
	}
	return &Store{life: s.life, keys: newKeys(s.keys.prefix, path)}, nil
}
