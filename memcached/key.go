package memcached

import "fmt"

const (
	// MaxPrefixBytes is the length of the longest [Options.Prefix]. With it a
	// key holds the longest namespace and the longest id.
	MaxPrefixBytes = 48

	// maxNamespaceBytes is what the prefix and the id leave in any case: 48 +
	// ":#" + 64 + ":" + 128 is 243 of the 250 bytes that memcached takes.
	maxNamespaceBytes = 64

	// maxKeyBytes is the protocol's limit.
	maxKeyBytes = 250
)

// key returns where the session id lives.
func (s *Store) key(id string) string { return key(s.prefix, "", id) }

// key is prefix:id, and prefix:#namespace:id for a record that is no session.
//
// No two of (prefix, namespace, id) share a key: an id holds no colon, so that
// it is what follows the last one, and a prefix holds no #, so that the first
// one begins the namespace.
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
