package httpsession

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
)

// A renewal that is under way when its user signs out must not leave a session:
// the browser of that user sent the old id. So a renewal first leaves a trace,
// from the old session to the new one, and only then moves the session; End
// deletes first and then follows the trace. Whoever is first, nothing is left.
//
// The trace is a record beside the sessions: under the handle of the old one a
// line with the handle of each session that it may have become. There are
// several where renewals run at once, of which one succeeds. Start leaves a trace
// as well, of the line replaced: it says that the browser has another cookie, but
// not whose.
const (
	successorsNamespace = "~successors"

	// successorTTL is longer than a renewal can take (maxTimeout), and than a
	// browser takes to learn of the new cookie.
	successorTTL = time.Minute

	replaced = "\n"

	// maxSuccessors bounds the trace of a session of which renewals fail over
	// and over.
	maxSuccessors = 64
)

// announce leaves the trace from one handle to another.
func (m *Manager[T]) announce(ctx context.Context, from, to string) error {
	for {
		err := sessionstore.Create(ctx, m.successors, from, []byte(to+"\n"), successorTTL)
		if !errors.Is(err, sessionstore.ErrExists) {
			return err
		}
		err = sessionstore.Update(ctx, m.successors, from, successorTTL, func(data []byte) ([]byte, error) {
			if strings.Count(string(data), "\n") >= maxSuccessors {
				return nil, errManyRenewals
			}
			return append(data, to+"\n"...), nil
		})
		if !errors.Is(err, sessionstore.ErrNotFound) { // else it has just expired
			return err
		}
	}
}

// successorsOf returns the handles of what the session may have become.
func (m *Manager[T]) successorsOf(ctx context.Context, handle string) ([]string, error) {
	data, err := m.successors.Get(ctx, handle)
	if errors.Is(err, sessionstore.ErrNotFound) {
		return nil, nil
	}
	return strings.Fields(string(data)), err
}
