package memcached

import (
	"fmt"

	"github.com/coatcheck/sessionstore"
)

const (
	// MaxPrefixBytes is the length of the longest [Options.Prefix]. With it a
	// key holds the longest namespace and the longest id.
	MaxPrefixBytes = 48

	// longestKeyBytes is what they come to: 48 + ":#" + 48 + ":" + 128 is 227.
	longestKeyBytes = MaxPrefixBytes + 2 + sessionstore.MaxNamespaceBytes + 1 + sessionstore.MaxIDBytes

	// maxKeyBytes is the protocol's limit.
	maxKeyBytes = 250
)

// key returns where the record id lives.
func (s *Store) key(id string) string { return key(s.prefix, s.namespace, id) }

// key is prefix:id, and prefix:#namespace:id for a record that is no session.
// A namespace within another has the names of both, with a colon between.
//
// No two of (prefix, namespace, id) share a key: an id holds no colon, so that
// it is what follows the last one, and neither prefix nor id holds a #, so that
// the only one begins the namespace.
func key(prefix, namespace, id string) string {
	if namespace == "" {
		return prefix + ":" + id
	}
	return prefix + ":#" + namespace + ":" + id
}

// checkPrefix keeps what would end a key or the command out of it, and #.
func checkPrefix(prefix string) error {
	if len(prefix) < 1 || len(prefix) > MaxPrefixBytes {
		return fmt.Errorf("Options.Prefix has %d bytes: want 1 to %d", len(prefix), MaxPrefixBytes)
	}
	for i := range len(prefix) {
		if !prefixByte(prefix[i]) {
			return fmt.Errorf("Options.Prefix %q: want only A-Z a-z 0-9 - . _ ~ and colons", prefix)
		}
	}
	return nil
}

func prefixByte(c byte) bool {
	switch c {
	case '-', '.', '_', '~', ':':
		return true
	}
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
