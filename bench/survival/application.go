package survival

import (
	"context"
	"errors"

	"github.com/coatcheck/sessionstore"
)

// application is the process in which the clients work.
type application interface {
	seed(ctx context.Context) error  // store the first sessions
	start(ctx context.Context) error // let the clients write, and go on
	stop() error                     // let them end what they have begun
	pid() int                        // of a process of its own, else 0
	close() error                    // end, with the store; again is no error
}

// local is the application within this process.
type local struct {
	*load
	ended bool
}

func newLocal(s sessionstore.Store, l *ledger, shape shape) *local {
	return &local{load: newLoad(s, l.apply, shape)}
}

func (a *local) start(ctx context.Context) error { a.load.start(ctx); return nil }
func (a *local) stop() error                     { a.load.stop(); return nil }
func (a *local) pid() int                        { return 0 }

func (a *local) close() error {
	if a.ended {
		return nil
	}
	a.ended = true
	a.load.stop()
	return closeStore(a.store)
}

// closeStore closes a store that may have nothing to close.
func closeStore(s sessionstore.Store) error {
	if err := sessionstore.Close(s); !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
