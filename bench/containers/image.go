package containers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// BuiltImage is the image that make images builds: all three servers are in it.
const BuiltImage = "localhost/sessionstore-servers:1"

// pullLimit is how long an image may take to come from its registry.
const pullLimit = 5 * time.Minute

// image returns the name of an image for k that the engine has.
func (e *engine) image(ctx context.Context, k *kind) (string, error) {
	if name := os.Getenv(k.variable()); name != "" {
		return name, e.obtain(ctx, k, name)
	}
	for _, name := range []string{k.official, BuiltImage} {
		if there, err := e.has(ctx, name); there || err != nil {
			return name, err
		}
	}
	if err := e.pull(ctx, k.official); err != nil {
		return "", unavailable{fmt.Errorf("the engine has neither the image %s nor %s, and cannot pull the first (%w): "+
			"build the second (make images), or name an image that it has in %s", k.official, BuiltImage, err, k.variable())}
	}
	return k.official, nil
}

// obtain pulls an image that somebody chose, unless it is there. That it
// cannot be had is a mistake of theirs and no lack of this machine's.
func (e *engine) obtain(ctx context.Context, k *kind, name string) error {
	if there, err := e.has(ctx, name); there || err != nil {
		return err
	}
	if err := e.pull(ctx, name); err != nil {
		return fmt.Errorf("%s=%s: the engine does not have this image and cannot pull it (%w): "+
			"correct the name, or unset the variable", k.variable(), name, err)
	}
	return nil
}

// has reports whether the engine has an image.
func (e *engine) has(ctx context.Context, name string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, engineLimit)
	defer cancel()
	_, err := e.client.ImageInspect(ctx, name)
	if errdefs.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// pull gets an image from its registry. testcontainers would do so as well, and
// try for a quarter of an hour where there is none.
func (e *engine) pull(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, pullLimit)
	defer cancel()
	var options client.ImagePullOptions
	if _, auth, err := testcontainers.DockerImageAuth(ctx, name); err == nil { // else it is public
		if options.RegistryAuth, err = authconfig.Encode(auth); err != nil {
			return err
		}
	}
	pulling, err := e.client.ImagePull(ctx, name, options)
	if err != nil {
		return err
	}
	return errors.Join(pulling.Wait(ctx), pulling.Close())
}
