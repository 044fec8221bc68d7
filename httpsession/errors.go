package httpsession

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/coatcheck/sessionstore"
)

// ErrNoSession says that the request has no session, or has none any more: it
// expired, or somebody ended it meanwhile.
var ErrNoSession = errors.New("httpsession: the request has no session")

var (
	errNotLoaded    = errors.New("httpsession: the request did not pass Load: wrap the handler or the mux in Manager.Load")
	errNoOwners     = errors.New("httpsession: sessions have no owners: set Options.Owner")
	errOwnerChanged = errors.New("httpsession: update: the owner of a session must not change: sign in with Start")
	errManyRenewals = errors.New("too many renewals of one session at once")
)

// wrap names the operation in which err happened. A session that is gone is
// ErrNoSession, and an error that says so already stays as it is.
func wrap(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNoSession), errors.Is(err, sessionstore.ErrNotFound):
		return ErrNoSession
	}
	return fmt.Errorf("httpsession: %s: %w", op, err)
}

func (m *Manager[T]) report(r *http.Request, err error) {
	if m.opts.OnError != nil {
		m.opts.OnError(r, err)
	}
}
