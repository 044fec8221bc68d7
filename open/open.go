// Package open turns a URL into a store, so that the backend is a matter of
// configuration:
//
//	memory:                                            sessions end with the process
//	bolt:sessions.db                                   a file, relative; bolt:/var/lib/app/sessions.db, absolute
//	redis://user:password@host:6379/0                  rediss:// for TLS
//	memcached://a:11211,b:11211                        one server or several
//	postgres://user:password@host:5432/database        the table is made if it is not there
//
// redis, memcached and postgres take parameters, such as ?timeout=500ms; their
// packages' Open lists them. What a URL cannot say (a prefix for redis, a table
// name, a sweep interval) their packages' Options can.
//
// The package imports every backend with its client. A program that needs one
// only, and wants no other in its binary, calls that backend's Open itself.
package open

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bolt"
	"github.com/coatcheck/sessionstore/memcached"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/postgres"
	"github.com/coatcheck/sessionstore/redis"
)

// pingTimeout bounds URL where its context has no deadline.
const pingTimeout = 5 * time.Second

// Store is a sessionstore.Store that owns what it was opened with: Close gives
// it back.
type Store interface {
	sessionstore.Store
	Ping(ctx context.Context) error
	Close() error
}

// URL opens the store that url names, asks its server whether it answers, and
// returns it. It waits until ctx ends, or for five seconds where ctx has no
// deadline; ctx has no part in the store's later life. Errors say what to
// write or to start instead, and never hold a password.
func URL(ctx context.Context, url string) (Store, error) {
	scheme, rest, found := strings.Cut(url, ":")
	opener, known := openers[scheme]
	if !found || !known {
		return nil, unknown(scheme, found)
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, pingTimeout)
		defer cancel()
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	s, err := opener(ctx, url, rest)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	return s, nil
}

// openers hold one function for each scheme. A backend with a server pings it
// when it opens.
var openers = map[string]func(ctx context.Context, url, rest string) (Store, error){
	"memory":     openMemory,
	"bolt":       openBolt,
	"redis":      openRedis,
	"rediss":     openRedis,
	"memcached":  openMemcached,
	"postgres":   openPostgres,
	"postgresql": openPostgres,
}

const forms = "write memory:, bolt:sessions.db, redis://host:6379/0, rediss://host:6379/0, " +
	"memcached://host:11211 or postgres://user:password@host:5432/database"

// unknown shows the scheme where it looks like one: anything else may be a
// password that ended up in the wrong place.
func unknown(scheme string, found bool) error {
	if found && len(scheme) <= 12 && strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz") == "" {
		return fmt.Errorf("open: no backend for %q: %s", scheme, forms)
	}
	return fmt.Errorf("open: the URL does not begin with a backend's name and a colon: %s", forms)
}

func openMemory(_ context.Context, _, rest string) (Store, error) {
	if rest != "" {
		return nil, errors.New("memory: takes nothing after the colon: write memory:, or call memory.New with Options")
	}
	// The literal nil matters: a nil *memory.Store in a Store would not be nil.
	s, err := memory.New(memory.Options{})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func openBolt(_ context.Context, _, path string) (Store, error) {
	path, parameters, some := strings.Cut(path, "?")
	switch {
	case strings.HasPrefix(path, "//"):
		return nil, fmt.Errorf("bolt takes a path and no host: write bolt:%s", localPath(path))
	case path == "":
		return nil, errors.New("bolt needs a file: write bolt:sessions.db")
	case some:
		return nil, fmt.Errorf("bolt takes no parameters (%q): write bolt:%s, or call bolt.Open with Options", parameters, path)
	}
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// localPath guesses which path was meant by one with slashes for a host.
func localPath(path string) string {
	if rest := strings.TrimLeft(path, "/"); strings.HasPrefix(path, "///") {
		return "/" + rest
	} else if rest != "" {
		return rest
	}
	return "sessions.db"
}

func openRedis(ctx context.Context, url, _ string) (Store, error) {
	s, err := redis.Open(ctx, url, redis.Options{})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func openMemcached(ctx context.Context, url, _ string) (Store, error) {
	s, err := memcached.Open(ctx, url, memcached.Options{})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func openPostgres(ctx context.Context, url, _ string) (Store, error) {
	s, err := postgres.Open(ctx, url, postgres.Options{})
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("%w (does a PostgreSQL run where the URL says, and does it answer?)", err)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}
