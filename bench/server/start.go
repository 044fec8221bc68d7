package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/coatcheck/sessionstore/bench/containers"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// Start starts a server: kind is "redis", "memcached" or "postgres", args are
// added to its command line. SESSIONSTORE_SERVERS chooses what it runs in:
//
//   - docker: a container;
//   - local: a program on this machine;
//   - auto, or nothing: the server whose URL the environment has, with the
//     settings it has; else a program on this machine; else a container.
func Start(ctx context.Context, kind string, args ...string) (Server, error) {
	s, err := start(ctx, kind, args)
	if errors.Is(err, testserver.ErrAbsent) || errors.Is(err, containers.ErrUnavailable) {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return s, err
}

func start(ctx context.Context, kind string, args []string) (Server, error) {
	chosen, err := choice()
	if err != nil {
		return nil, err
	}
	switch chosen {
	case inDocker:
		return startContainer(ctx, kind, args)
	case onMachine:
		return startLocal(kind, args)
	}
	if s, err := given(kind); s != nil || err != nil {
		return s, err
	}
	s, err := startLocal(kind, args)
	if !errors.Is(err, testserver.ErrAbsent) {
		return s, err
	}
	inContainer, containerErr := startContainer(ctx, kind, args)
	if errors.Is(containerErr, containers.ErrUnavailable) {
		return nil, fmt.Errorf("%w; %w; or set %s to the URL of a server that may be used", err, containerErr, Variable(kind))
	}
	return inContainer, containerErr
}

// Cleanup removes what the servers of this process shared. A program calls it
// at its end, after it has closed the servers.
func Cleanup() error { return testserver.RemoveTemplate() }
