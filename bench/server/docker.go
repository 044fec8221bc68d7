package server

import (
	"context"

	"github.com/coatcheck/sessionstore/bench/containers"
)

var _ Server = (*containers.Server)(nil)

// startContainer starts the server in a container.
func startContainer(ctx context.Context, kind string, args []string) (Server, error) {
	s, err := containers.Start(ctx, kind, args...)
	if err != nil {
		return nil, err
	}
	return s, nil
}
