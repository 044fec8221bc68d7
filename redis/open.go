package redis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/coatcheck/sessionstore/internal/contract"
)

const (
	openTimeout = 5 * time.Second
	dialTimeout = 2 * time.Second
	ioTimeout   = 3 * time.Second
	readRetries = 1
	maxPoolSize = 10_000
)

// Open connects to the server at rawURL, asks it whether it answers (within
// ctx, or 5 seconds where ctx has no deadline), and returns a Store that owns
// its client. The URL is
//
//	redis://user:password@host:6379/0
//
// or rediss:// for TLS; user, password, port and database may be left out. The
// parameters of [goredis.ParseURL] may follow; without them a dial may take 2
// seconds, a request or a reply 3 seconds, a wait for one of the pool's
// connections a second more than a reply, and a failed read is tried once
// more. The pool has ten connections for each processor.
//
// The password is in no error. For a cluster or Sentinel, make a client and
// pass it to [New].
func Open(ctx context.Context, rawURL string, options Options) (*Store, error) {
	s, err := open(ctx, rawURL, options)
	if err != nil {
		return nil, contract.Error("redis: open", err)
	}
	return s, nil
}

func open(ctx context.Context, rawURL string, options Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, addr, err := connect(rawURL, options)
	if err != nil {
		return nil, err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, openTimeout)
		defer cancel()
	}
	if err := s.read(ctx, goredis.NewStatusCmd(ctx, "ping")); err != nil {
		s.Close()
		return nil, fmt.Errorf("cannot use %s (does a redis run there?): %w", addr, err)
	}
	return s, nil
}

// connect returns a Store with a client of its own and the server's address.
// It sends nothing.
func connect(rawURL string, options Options) (*Store, string, error) {
	if err := options.check(); err != nil {
		return nil, "", err
	}
	o, err := parseURL(rawURL)
	if err != nil {
		return nil, "", err
	}
	d := newDialer(o)
	o.Dialer = d.dial
	client := goredis.NewClient(o)
	return &Store{
		life: &life{client: client, release: func() error { return d.close(client.Close) }},
		keys: options.keys(),
	}, o.Addr, nil
}

// parseURL returns the client's options for rawURL, complete and checked.
func parseURL(rawURL string) (*goredis.Options, error) {
	if err := checkURL(rawURL); err != nil {
		return nil, err
	}
	o, err := goredis.ParseURL(rawURL)
	if err != nil { // of a parameter or the database: the rest was checked
		return nil, fmt.Errorf("the URL does not suit: %s; write redis://user:password@host:6379/0 "+
			"and parameters such as ?pool_size=50&read_timeout=2s", strings.TrimPrefix(err.Error(), "redis: "))
	}
	for name, size := range map[string]int{
		"pool_size": o.PoolSize, "min_idle_conns": o.MinIdleConns, "max_idle_conns": o.MaxIdleConns,
		"max_active_conns": o.MaxActiveConns, "max_concurrent_dials": o.MaxConcurrentDials,
		"pipeline_pool_size": max(o.PipelinePoolSize, 0),
	} {
		if size < 0 || size > maxPoolSize {
			return nil, fmt.Errorf("the URL's %s is %d: want 0 (the default) to %d", name, size, maxPoolSize)
		}
	}
	for name, timeout := range map[string]time.Duration{
		"dial_timeout": o.DialTimeout, "read_timeout": o.ReadTimeout, "write_timeout": o.WriteTimeout, "pool_timeout": o.PoolTimeout,
	} {
		if timeout < 0 {
			return nil, fmt.Errorf("the URL turns %s off: leave it out or set it, so that a call ends when the server hangs", name)
		}
	}
	complete(o)
	return o, nil
}

// complete sets what the URL left open.
func complete(o *goredis.Options) {
	o.ContextTimeoutEnabled = true
	if o.DialTimeout == 0 {
		o.DialTimeout = dialTimeout
	}
	if o.ReadTimeout == 0 {
		o.ReadTimeout = ioTimeout
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = ioTimeout
	}
	if o.MaxRetries == 0 {
		o.MaxRetries = readRetries
	}
	o.DialerRetries = 1 // a refused dial is told at once; the caller may try again
	// Fewer round trips for each new connection, and no background work.
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// checkURL checks as much of rawURL as can hold a password by mistake. A
// password whose special characters are not escaped ends up as a port, a path,
// a parameter or a fragment, where the errors of others would show it.
func checkURL(rawURL string) error {
	u, err := url.Parse(rawURL)
	if err != nil {
		return errors.New("the URL cannot be read (it is withheld: it may hold a password); " +
			"write redis://user:password@host:6379/0 and % + two hex digits for special characters in the password")
	}
	if u.Scheme != "redis" && u.Scheme != "rediss" || u.Opaque != "" {
		return errors.New("the URL must begin with redis:// or, for TLS, rediss://")
	}
	if u.Fragment != "" || strings.Contains(u.Path+u.RawQuery, "@") {
		return errors.New("the URL has a #, ? or / before its @ (it is withheld: it may hold a password); " +
			"write %23, %3F and %2F for them in the password, and %40 for an @ elsewhere")
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil { // the client would skip what it cannot read
		return errors.New("the URL's parameters cannot be read; write them as ?pool_size=50&read_timeout=2s")
	}
	return nil
}
