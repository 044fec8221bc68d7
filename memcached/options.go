package memcached

import (
	"fmt"
	"time"
)

// The defaults of [Options].
const (
	DefaultPrefix      = "session"
	DefaultTimeout     = time.Second
	DefaultMaxConns    = 64
	DefaultIdleTimeout = time.Minute
)

// maxMaxConns is the highest [Options.MaxConns].
const maxMaxConns = 10_000

// Options are the settings of a Store. The zero value works.
type Options struct {
	// Prefix begins every key, with a colon behind it, and keeps this store's
	// sessions apart from whatever else the servers hold: 1 to
	// [MaxPrefixBytes] bytes of A-Z a-z 0-9 - . _ ~ and colons. Empty means
	// [DefaultPrefix]. Applications that share a server need a prefix each;
	// with the same one they share their sessions, and with a changed one
	// every user is signed out.
	Prefix string

	// Timeout bounds a call whose context has no deadline, from the wait for
	// a connection to the last byte of the reply; a context's own deadline
	// counts instead, also a later one. It is how long Close waits for calls
	// under way, too, and how long a rotation goes on whose context has ended.
	// Zero means [DefaultTimeout].
	Timeout time.Duration

	// MaxConns is the most connections to one server at a time. More calls
	// than that wait for their turn, within their deadline. Zero means
	// [DefaultMaxConns], and 10,000 is the most. All processes together must
	// stay below the server's own limit (memcached -c, 1024 by default): it
	// refuses whoever comes later.
	MaxConns int

	// IdleTimeout is how long a connection may lie unused before it is
	// closed instead of used again; shorter than the patience of any
	// firewall in between. Surplus ones are closed by the traffic on the
	// others. Zero means [DefaultIdleTimeout], negative never.
	IdleTimeout time.Duration
}

// complete fills in the defaults and checks the rest.
func (o *Options) complete() error {
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxConns == 0 {
		o.MaxConns = DefaultMaxConns
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = DefaultIdleTimeout
	}
	if err := checkPrefix(o.Prefix); err != nil {
		return err
	}
	if o.Timeout < 0 {
		return fmt.Errorf("Options.Timeout is %v: want zero for %v, or more", o.Timeout, DefaultTimeout)
	}
	if o.MaxConns < 0 || o.MaxConns > maxMaxConns {
		return fmt.Errorf("Options.MaxConns is %d: want zero for %d, or up to %d", o.MaxConns, DefaultMaxConns, maxMaxConns)
	}
	return nil
}
