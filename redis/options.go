package redis

import (
	"errors"
	"fmt"

	goredis "github.com/redis/go-redis/v9"
)

const (
	defaultPrefix  = "session"
	maxPrefixBytes = 64
)

// Options configure a [Store]. The zero value is ready to use.
type Options struct {
	// Prefix begins the key of every session, followed by a colon. It has 1
	// to 64 bytes of A-Z a-z 0-9 - . _ ~ and colons; empty means "session".
	// Applications that share a server need a prefix each, of which none sees
	// the other's sessions, not even app and app:admin. With the same prefix
	// they share their sessions; with a changed one every user is signed out.
	Prefix string
}

func (o Options) keys() keys {
	if o.Prefix == "" {
		return newKeys(defaultPrefix, "")
	}
	return newKeys(o.Prefix, "")
}

// check refuses prefixes that would make keys ambiguous, and braces, which
// would put all sessions into one slot of a cluster.
func (o Options) check() error {
	if len(o.Prefix) > maxPrefixBytes {
		return fmt.Errorf("Options.Prefix has %d bytes: want at most %d", len(o.Prefix), maxPrefixBytes)
	}
	for i := range len(o.Prefix) {
		if !prefixByte(o.Prefix[i]) {
			return fmt.Errorf("Options.Prefix %q: want only A-Z a-z 0-9 - . _ ~ and colons", o.Prefix)
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

// checkClient refuses a client that would break the contract.
func checkClient(client goredis.UniversalClient) error {
	switch c := client.(type) {
	case nil:
		return errNilClient
	case *goredis.Client:
		if c == nil {
			return errNilClient
		}
		return checkSingle(c.Options())
	case *goredis.ClusterClient:
		if c == nil {
			return errNilClient
		}
		return checkCluster(c.Options())
	case *goredis.Ring:
		return errors.New("a *redis.Ring sends scripts to the wrong shard and loses sessions when a shard goes away: " +
			"want a *redis.Client or a *redis.ClusterClient")
	}
	return fmt.Errorf("a %T hides its options: want a *redis.Client or a *redis.ClusterClient", client)
}

var errNilClient = errors.New("the client is nil: want a *redis.Client or a *redis.ClusterClient")

func checkSingle(o *goredis.Options) error {
	switch {
	case !o.ContextTimeoutEnabled:
		return field("ContextTimeoutEnabled is false", "set it, so that deadlines are kept")
	case o.ReadTimeout <= 0: // the client has turned 0 into its default
		return field("ReadTimeout is off", "leave it out or set it, so that a call ends when the server hangs")
	case o.WriteTimeout <= 0:
		return field("WriteTimeout is off", "leave it out or set it, so that a call ends when the server hangs")
	case o.ClientSideCacheConfig != nil:
		return field("ClientSideCacheConfig is set", "leave it out: a session would stay visible after its end")
	case o.ClientSideCache != nil:
		return field("ClientSideCache is set", "leave it out: a session would stay visible after its end")
	}
	return nil
}

func checkCluster(o *goredis.ClusterOptions) error {
	switch {
	case !o.ContextTimeoutEnabled:
		return field("ContextTimeoutEnabled is false", "set it, so that deadlines are kept")
	case o.ReadTimeout < 0: // 0 becomes a default for each node
		return field("ReadTimeout is off", "leave it out or set it, so that a call ends when the server hangs")
	case o.WriteTimeout < 0:
		return field("WriteTimeout is off", "leave it out or set it, so that a call ends when the server hangs")
	case o.RouteByLatency: // before ReadOnly, which it sets
		return field("RouteByLatency is true", "leave it out: a replica shows sessions after their end")
	case o.RouteRandomly:
		return field("RouteRandomly is true", "leave it out: a replica shows sessions after their end")
	case o.ReadOnly:
		return field("ReadOnly is true", "leave it out: a replica shows sessions after their end")
	}
	return nil
}

func field(is, cure string) error {
	return fmt.Errorf("the client's option %s: %s", is, cure)
}
