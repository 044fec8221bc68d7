package containers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// removeLimit is how long the engine may take to remove a container.
const removeLimit = 30 * time.Second

// creating is held for reading while a container is made, so that RemoveAll
// misses none.
var creating sync.RWMutex
var ended bool // guarded by creating: RemoveAll was called

// RemoveAll removes all containers of this process, with their data; it can
// make no more afterwards. A program calls it when it is interrupted.
func RemoveAll() error {
	creating.Lock()
	ended = true
	creating.Unlock()
	if !used.Load() {
		return nil
	}
	e, err := connect()
	if err != nil {
		return err
	}
	me, err := self()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), removeLimit)
	defer cancel()
	return e.removeThose(ctx, func(o owner) bool { return o.String() == me.String() })
}

// removeLeft removes the containers whose processes ended without doing so.
func (e *engine) removeLeft(ctx context.Context) error {
	if err := e.removeThose(ctx, owner.isGone); err != nil {
		return fmt.Errorf("removing what an earlier run left behind: %w", err)
	}
	return nil
}

// removeThose removes the containers of some owners. A label that cannot be
// read is another version's.
func (e *engine) removeThose(ctx context.Context, some func(owner) bool) error {
	list, err := e.client.ContainerList(ctx, client.ContainerListOptions{
		All:     true,
		Filters: make(client.Filters).Add("label", ownerLabel),
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range list.Items {
		if o, err := parseOwner(c.Labels[ownerLabel]); err == nil && some(o) {
			errs = append(errs, e.remove(ctx, c.ID))
		}
	}
	return errors.Join(errs...)
}

// remove kills a container and removes it with its volume. One that somebody
// else removes is no error.
func (e *engine) remove(ctx context.Context, id string) error {
	_, err := e.client.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err == nil || errdefs.IsNotFound(err) || errdefs.IsConflict(err) {
		return nil
	}
	return fmt.Errorf("the container %.12s cannot be removed (%w): do it by hand (docker rm -fv %.12[1]s)", id, err)
}
