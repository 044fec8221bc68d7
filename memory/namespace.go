package memory

import (
	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// Namespace returns a store for records beside the sessions. It shares
// [Options.MaxBytes] with them.
func (s *Store) Namespace(name string) (sessionstore.Store, error) {
	path, err := contract.Namespace(s.path, name)
	if err != nil {
		return nil, contract.Error("memory: namespace", err)
	}
	return &Store{database: s.database, path: path}, nil
}

// prefix begins the keys of the namespace. No id has a # or a colon, so that
// no key of one namespace is a key of another.
func (s *Store) prefix() string {
	if s.path == "" {
		return ""
	}
	return "#" + s.path + ":"
}

func (s *Store) key(id string) string { return s.prefix() + id }
