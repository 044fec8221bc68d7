package survival

import (
	"context"
	"errors"
	"time"
)

// happen is the event, and what follows it until there is a store again.
func (r *run) happen(ctx context.Context) error {
	switch r.Event {
	case Reopen:
		if err := r.rest(); err != nil {
			return err
		}
		return r.reopen(ctx, nil)
	case StopServer:
		if err := errors.Join(r.rest(), r.Target.Server.Stop(ctx)); err != nil {
			return err
		}
		return r.reopen(ctx, r.Target.Server.Start)
	case KillServer:
		if err := r.Target.Server.Kill(ctx); err != nil {
			return err
		}
		return r.reopen(ctx, r.Target.Server.Start)
	case KillApplication:
		r.app.(*remote).kill()
		return r.reopen(ctx, nil)
	default: // CutNetwork
		return r.cut(ctx)
	}
}

// rest ends the load before anything happens.
func (r *run) rest() error {
	return errors.Join(r.app.stop(), r.ledger.whole())
}

// reopen ends the application, lets the server start, and opens a store. The
// clock of the recovery runs from the moment when there could be one.
func (r *run) reopen(ctx context.Context, start func(context.Context) error) (err error) {
	if err := r.app.close(); err != nil {
		return err
	}
	r.began = time.Now()
	if start != nil {
		if err := start(ctx); err != nil {
			return err
		}
	}
	r.store, err = openStore(ctx, r.place, r.Peer)
	return err
}

// cut cuts the network. The store stays the same, and its clients go on.
func (r *run) cut(ctx context.Context) error {
	r.relay.Cut()
	if err := sleep(ctx, r.Outage); err != nil {
		return err
	}
	r.began = time.Now()
	r.relay.Pass()
	r.store = r.app.(*local).store
	return nil
}
