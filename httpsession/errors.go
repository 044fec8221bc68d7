package httpsession

import (
	"errors"
	"log"
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

// failure is an error of the store in an operation of the Manager.
type failure struct {
	op  string
	err error
}

func (f *failure) Error() string { return "httpsession: " + f.op + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// mistake is an error in the program, for which the store is not to blame.
type mistake struct{ err error }

func (m *mistake) Error() string { return m.err.Error() }
func (m *mistake) Unwrap() error { return m.err }

// wrap names the operation in which err happened. A session that is gone is
// ErrNoSession, and an error that says so already stays as it is.
func wrap(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNoSession), errors.Is(err, sessionstore.ErrNotFound):
		return ErrNoSession
	}
	return &failure{op, err}
}

// isOutage reports whether err says that the store did not work, so that it may
// do to try again.
func isOutage(err error) bool {
	_, failed := errors.AsType[*failure](err)
	_, mistaken := errors.AsType[*mistake](err)
	return failed && !mistaken
}

func (m *Manager[T]) report(r *http.Request, err error) { m.opts.OnError(r, err) }

// logError is OnError where the application has none.
func logError(_ *http.Request, err error) { log.Print(err) }
