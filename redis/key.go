package redis

import (
	"strconv"
	"time"
)

// keys makes the keys of a Store: prefix:id, and prefix:#namespace:id in a
// namespace.
//
// No two of (prefix, namespace, id) share a key. An id has no colon, so that
// it is what follows the last one; neither prefixes nor namespaces have a #,
// so that the first one, if any, is where the namespace begins.
type keys struct {
	start string // all that comes before the id
}

func newKeys(prefix, namespace string) keys {
	if namespace == "" {
		return keys{start: prefix + ":"}
	}
	return keys{start: prefix + ":#" + namespace + ":"}
}

func (k keys) of(id string) string { return k.start + id }

// milliseconds returns ttl in the server's unit, rounded up: a session must
// not end early (TTL/NotEarly).
func milliseconds(ttl time.Duration) string {
	return strconv.FormatInt(int64((ttl+time.Millisecond-1)/time.Millisecond), 10)
}
