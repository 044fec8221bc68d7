package containers

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// ErrUnavailable says that no container of that kind can be had here: no
// engine answers, or no image is there. The error's text says what would help.
var ErrUnavailable = errors.New("unavailable")

// unavailable is an error that matches ErrUnavailable and need not say so.
type unavailable struct{ error }

func (u unavailable) Unwrap() []error { return []error{ErrUnavailable, u.error} }

// engineLimit is how long the engine has for a question that takes it no work.
const engineLimit = 10 * time.Second

// engine is the Docker engine of this machine.
type engine struct {
	provider *testcontainers.DockerProvider
	client   client.APIClient
	ip       netip.Addr // where it publishes the containers' ports
}

// connect returns the engine, once it has removed what processes that are dead
// left there. The outcome is remembered, as testcontainers does with the
// engine's address.
var connect = sync.OnceValues(func() (*engine, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := find(ctx)
	if err != nil {
		return nil, unavailable{err}
	}
	return e, e.removeLeft(ctx)
})

// find looks for the engine where testcontainers does.
func find(ctx context.Context) (*engine, error) {
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	if err := prepare(ctx); err != nil {
		return nil, err
	}
	log.SetDefault(log.NewNoopLogger()) // it would tell its history on standard error
	if _, err := testcontainers.NewDockerClientWithOpts(ctx); err != nil {
		return nil, fmt.Errorf("no container engine answers (%w): install one and start it (apt-get install docker.io), "+
			"run this as root or as a member of the group docker, or set DOCKER_HOST to the engine's address", err)
	}
	provider, err := testcontainers.NewDockerProvider(testcontainers.WithLogger(log.NewNoopLogger()),
		testcontainers.WithDefaultBridgeNetwork(testcontainers.Bridge))
	if err != nil {
		return nil, err
	}
	e := &engine{provider: provider, client: provider.Client()}
	e.ip, err = address(e.client.DaemonHost(), os.Getenv(overrideVariable))
	return e, err
}

// prepare sees to two things before testcontainers reads its settings. It
// would pass over a DOCKER_HOST that does not answer, for another engine; and
// it would want the image of Ryuk, its own cleaner.
func prepare(ctx context.Context) error {
	cli, err := client.New(client.FromEnv)
	if err != nil {
		return fmt.Errorf("DOCKER_HOST or the variables beside it are wrong (%w): correct or unset them", err)
	}
	defer cli.Close()
	host := os.Getenv("DOCKER_HOST")
	if _, err := cli.Ping(ctx, client.PingOptions{}); err != nil && host != "" {
		return fmt.Errorf("no container engine answers at DOCKER_HOST=%s (%w): correct it, or unset it "+
			"to use the engine of this machine", host, err)
	}
	return chooseRyuk(ctx, cli)
}

//lint:ignore SA1019 nothing else names the version that testcontainers wants
var ryukImage = testcontainers.ReaperDefaultImage

// chooseRyuk turns Ryuk off where its image is not there, unless somebody has
// decided about it: without a registry nothing would start. What it would
// remove is also removed by label.
func chooseRyuk(ctx context.Context, cli client.APIClient) error {
	const variable = "TESTCONTAINERS_RYUK_DISABLED"
	if os.Getenv(variable) != "" {
		return nil
	}
	if _, err := cli.ImageInspect(ctx, ryukImage); err == nil {
		return nil
	}
	return os.Setenv(variable, "true")
}
