package httpsession

import (
	"errors"
	"net/http"

	"github.com/coatcheck/sessionstore"
)

// Require lets only those requests pass that have a session, with an owner where
// Options.Owner is set: who is signed in. Options.Denied answers the others.
// Whether a user may do what next does is for next to decide. Without
// Options.Owner any session passes, also one that Flash began.
//
// Require loads the session where no Load has.
func (m *Manager[T]) Require(next http.Handler) http.Handler {
	return m.Load(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, ok := m.Value(r)
		if !ok || m.opts.Owner != nil && m.owner(value) == "" {
			m.Fail(w, r, ErrNoSession)
			return
		}
		next.ServeHTTP(w, r)
	}))
}

// Fail answers for a handler in which a call of the Manager failed, by the kind
// of err:
//
//   - [ErrNoSession]: Options.Denied does.
//   - The store does not work: Options.Unavailable does, with 503.
//   - [sessionstore.ErrTooLarge]: 413. The session would hold too much.
//   - Anything else: 500. To try again is of no use: the handler is not wrapped
//     in Load, a value cannot be encoded, or the function that was passed to
//     Update refused. Who wants another answer to the latter gives it instead of
//     calling Fail.
//
// OnError learns of all but the first. What a client reads does not quote err.
func (m *Manager[T]) Fail(w http.ResponseWriter, r *http.Request, err error) {
	noStore(w)
	if errors.Is(err, ErrNoSession) {
		m.opts.Denied.ServeHTTP(w, r)
		return
	}
	m.report(r, err)
	switch {
	case errors.Is(err, sessionstore.ErrTooLarge):
		http.Error(w, "That is more than a session can hold.", http.StatusRequestEntityTooLarge)
	case isOutage(err):
		m.opts.Unavailable.ServeHTTP(w, r)
	default:
		http.Error(w, "Something is wrong with this page.", http.StatusInternalServerError)
	}
}

func deny(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "Please sign in.", http.StatusUnauthorized)
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "5")
	http.Error(w, "Sessions are out of reach for the moment. Please try again.", http.StatusServiceUnavailable)
}
