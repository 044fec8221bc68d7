// Package server gives the comparison real servers: one from the environment,
// a local program, or a container. All are used through one interface, so that
// what is measured does not know which it is.
package server

import (
	"context"
	"errors"
)

// Server is a running redis, memcached or postgres, or one that was ended and
// can start again.
type Server interface {
	// Addr returns host:port, and URL the address in the form that open.URL
	// takes. Both stay the same over Stop, Kill and Start.
	Addr() string
	URL() string

	// Harness says in words what the server runs in: "local program",
	// "container", or "given by SESSIONSTORE_REDIS_URL".
	Harness() string

	// Owned reports whether the server was started here, so that it may be
	// stopped, killed and started.
	Owned() bool

	// Pid returns the server's process id on this machine, or 0 while it does
	// not run and where this machine does not know one.
	Pid() int

	// Stop ends the server cleanly, and Kill with SIGKILL; both wait for its
	// end. Start runs it again on the same data and port, and returns when it
	// answers.
	Stop(ctx context.Context) error
	Kill(ctx context.Context) error
	Start(ctx context.Context) error

	// Close ends the server and removes its data, where it is owned. It may
	// be called again.
	Close() error
}

// ErrUnavailable says that there is no server of that kind here. The error's
// text says what would bring one.
var ErrUnavailable = errors.New("unavailable")
