package sessionstore

import (
	"context"
	"errors"
)

// Outcome is how an operation of an observed store ended. It holds neither an
// id nor data.
type Outcome struct {
	// Err is what the operation returned. That of [All] is the error with
	// which it ended, or else [ErrCorrupt] where it met such a record.
	Err error

	// Refused says that a Guard inside let a Set pass without effect, because
	// the session had been ended: Err is nil then.
	Refused bool

	// Bytes is the length of the data that was read, or was to be written.
	Bytes int

	// Count is how many sessions All yielded or DeleteExpired removed.
	Count int
}

// kinds are the classes of errors. The first that matches counts: where the
// outcome is unknown, that matters more than the cause.
var kinds = []struct {
	err    error
	kind   string
	failed bool
}{
	{ErrUnknownOutcome, "unknown_outcome", true},
	{ErrNotFound, "not_found", false},
	{ErrExists, "exists", false},
	{ErrConflict, "conflict", false},
	{ErrInvalidID, "invalid_id", false},
	{ErrInvalidTTL, "invalid_ttl", false},
	{ErrTooLarge, "too_large", false},
	{ErrCorrupt, "corrupt", true},
	{ErrFull, "full", true},
	{ErrClosed, "closed", true},
	{context.Canceled, "canceled", false},
	{context.DeadlineExceeded, "timeout", true},
	{errors.ErrUnsupported, "unsupported", false},
}

// Kind is the outcome as one word, fit for the label of a metric: ok, refused,
// not_found, exists, conflict, invalid_id, invalid_ttl, too_large, corrupt,
// full, closed, canceled, timeout, unsupported, unknown_outcome, or error for
// anything else.
func (o Outcome) Kind() string {
	kind, _ := o.class()
	return kind
}

// Failed reports whether the store failed to do its work: it was down, slow,
// full, closed, could not read a record, or does not know whether it wrote. An
// answer such as "not found" is no failure, neither is what the caller did: a
// bad argument, a context that it cancelled, a capability that is not there.
func (o Outcome) Failed() bool {
	_, failed := o.class()
	return failed
}

func (o Outcome) class() (kind string, failed bool) {
	switch {
	case o.Refused && o.Err == nil:
		return "refused", false
	case o.Err == nil:
		return "ok", false
	}
	for _, k := range kinds {
		if errors.Is(o.Err, k.err) {
			return k.kind, k.failed
		}
	}
	return "error", true
}
