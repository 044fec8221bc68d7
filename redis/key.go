package redis

import (
	"strconv"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// keys makes the keys of a Store: prefix:id, and prefix:#namespace:id in a
// namespace.
//
// No two of (prefix, namespace, id) share a key. An id has no colon, so that
// it is what follows the last one; neither prefixes nor namespaces have a #,
// so that the first one, if any, is where the namespace begins.
//
// A nested namespace is the names of all with colons between, which names have
// not. Of the neighbours app, app2 and app:admin none begins a key with
// another's prefix and then an id or a #, so that it is told whose a key is.
type keys struct {
	prefix    string
	namespace string // a path of names; empty for the sessions
	start     string // all that comes before the id
}

func newKeys(prefix, namespace string) keys {
	k := keys{prefix: prefix, namespace: namespace, start: prefix + ":"}
	if namespace != "" {
		k.start += "#" + namespace + ":"
	}
	return k
}

func (k keys) of(id string) string { return k.start + id }

// id returns the id whose key this is; none for a namespace's key and for a
// neighbour's.
func (k keys) id(key string) (id string, ok bool) {
	id, ok = strings.CutPrefix(key, k.start)
	return id, ok && sessionstore.ValidID(id)
}

// own reports whether the key is one of these, or of a namespace in them.
func (k keys) own(key string) bool {
	rest, ok := strings.CutPrefix(key, k.start)
	if !ok {
		return false
	}
	names := strings.Split(rest, ":") // and last the id
	if k.namespace == "" && len(names) > 1 {
		if names[0], ok = strings.CutPrefix(names[0], "#"); !ok {
			return false
		}
	}
	path := k.namespace
	for ; len(names) > 1; names = names[1:] {
		var err error
		if path, err = contract.Namespace(path, names[0]); err != nil {
			return false
		}
	}
	return sessionstore.ValidID(names[0])
}

// pattern is what SCAN looks for. Neither prefixes nor names have a character
// that means something in a glob; the neighbours' keys that match it, too, are
// told apart by id and own.
func (k keys) pattern() string { return k.start + "*" }

// milliseconds returns ttl in the server's unit, rounded up: a session must
// not end early (TTL/NotEarly).
func milliseconds(ttl time.Duration) string {
	return strconv.FormatInt(int64((ttl+time.Millisecond-1)/time.Millisecond), 10)
}
