package containers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/testcontainers/testcontainers-go"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// used says that this process wanted a container.
var used atomic.Bool

// Start starts a server in a container: name is "redis", "memcached" or
// "postgres", args are added to its command line and win over those that are
// there. The caller closes it.
func Start(ctx context.Context, name string, args ...string) (*Server, error) {
	k, err := named(name)
	if err != nil {
		return nil, err
	}
	used.Store(true)
	e, err := connect()
	if err != nil {
		return nil, fmt.Errorf("no container for %s: %w", name, err)
	}
	image, err := e.image(ctx, k)
	if err != nil {
		return nil, fmt.Errorf("no container for %s: %w", name, err)
	}
	s, err := e.firstStart(ctx, k, image, args)
	if err != nil && os.Getenv(k.variable()) != "" {
		err = fmt.Errorf("%w (%s names the image: it needs the program of the official one, and its user %s)", err, k.variable(), k.user)
	}
	if err != nil {
		return nil, fmt.Errorf("start %s in a container of %s: %w", name, image, err)
	}
	return s, nil
}

// firstStart looks for a port until the container gets the one that was free
// when it was chosen.
func (e *engine) firstStart(ctx context.Context, k *kind, image string, args []string) (*Server, error) {
	var err error
	for range 20 {
		var port int
		if port, err = testserver.FreePort(); err != nil {
			return nil, err
		}
		var s *Server
		if s, err = e.create(ctx, k, image, port, args); err != nil {
			return nil, err
		}
		if err = s.start(ctx); err == nil {
			return s, nil
		}
		err = errors.Join(err, s.Close())
		if !isBusy(err) {
			return nil, err
		}
	}
	return nil, err
}

// create makes a container, which does not run yet.
func (e *engine) create(ctx context.Context, k *kind, image string, port int, args []string) (*Server, error) {
	me, err := self()
	if err != nil {
		return nil, err
	}
	addr := net.JoinHostPort(e.ip.String(), strconv.Itoa(port))
	s := &Server{kind: k, engine: e, addr: addr}
	request := s.request(image, port, args)
	request.Labels = map[string]string{ownerLabel: me.String()}

	creating.RLock()
	defer creating.RUnlock()
	if ended {
		return nil, errors.New("the program is ending")
	}
	c, err := e.provider.CreateContainer(ctx, request)
	s.container, _ = c.(*testcontainers.DockerContainer)
	if err == nil {
		return s, nil
	}
	if s.container != nil {
		err = errors.Join(err, s.Close())
	}
	return nil, err
}

// request describes the container.
func (s *Server) request(image string, port int, args []string) testcontainers.ContainerRequest {
	k := s.kind
	inside := network.MustParsePort(strconv.Itoa(k.port) + "/tcp")
	return testcontainers.ContainerRequest{
		Image:        image,
		Entrypoint:   k.entrypoint,
		Env:          k.env,
		Cmd:          append(append([]string{}, k.command...), args...),
		ExposedPorts: []string{inside.String()},
		WaitingFor:   answering{k.name, s.addr},
		ConfigModifier: func(c *container.Config) {
			c.User = k.user
			c.StopSignal = k.signal
		},
		HostConfigModifier: func(h *container.HostConfig) {
			h.PortBindings = network.PortMap{inside: {{HostIP: s.engine.ip, HostPort: strconv.Itoa(port)}}}
			if k.data != "" {
				h.Mounts = []mount.Mount{{Type: mount.TypeVolume, Target: k.data}}
			}
		},
	}
}

// isBusy reports whether a container found its port taken.
func isBusy(err error) bool {
	text := err.Error()
	for _, sign := range []string{"port is already allocated", "address already in use", "ports are not available"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// startLimit is how long a server may take to answer: a loaded machine, or the
// recovery of a killed postgres.
const startLimit = time.Minute
