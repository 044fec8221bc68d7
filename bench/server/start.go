package server

import (
	"context"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// Start starts a server: kind is "redis", "memcached" or "postgres", args are
// added to its command line. The environment's URL wins; a server from there
// has the settings it has.
func Start(_ context.Context, kind string, args ...string) (Server, error) {
	if s, err := given(kind); s != nil || err != nil {
		return s, err
	}
	return startLocal(kind, args)
}

// Cleanup removes what the servers of this process shared. A program calls it
// at its end, after it has closed the servers.
func Cleanup() error { return testserver.RemoveTemplate() }
