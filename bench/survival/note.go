package survival

import (
	"errors"
	"time"

	"github.com/coatcheck/sessionstore"
)

// note is a line of the journal that clients keep for the ledger: an operation
// that begins, or that has ended. It is written before the operation is sent,
// and again when its outcome is known, so that the journal of a process that
// was killed tells which operations were under way.
type note struct {
	Op      operation     `json:"op"`
	ID      string        `json:"id"`
	Version int           `json:"version,omitempty"` // of the data that is written
	TTL     time.Duration `json:"ttl,omitempty"`
	At      time.Time     `json:"at"`
	Outcome outcome       `json:"outcome"`
	Error   string        `json:"error,omitempty"`
}

type operation string

const (
	set     operation = "set"
	touch   operation = "touch"
	remove  operation = "delete"
	look    operation = "get"
	control operation = "control" // no operation: the answer of a child to a command
)

type outcome string

const (
	begun   outcome = "begun"
	done    outcome = "done"
	missing outcome = "missing" // the store has no such session, or has other data
	refused outcome = "refused" // an error without effect
	unknown outcome = "unknown" // an error, with effect or without
)

// outcomeOf classifies what an operation returned: every error of a write that
// does not match ErrUnknownOutcome says that it had no effect.
func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return done
	case errors.Is(err, sessionstore.ErrUnknownOutcome):
		return unknown
	case errors.Is(err, sessionstore.ErrNotFound), errors.Is(err, errOther):
		return missing
	}
	return refused
}

// ended returns the note of how the operation ended.
func (n note) ended(err error) note {
	n.Outcome = outcomeOf(err)
	n.At = time.Now()
	if err != nil {
		n.Error = err.Error()
	}
	return n
}
