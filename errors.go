package sessionstore

import "errors"

// The errors of every Store. Check them with [errors.Is]: a backend adds the
// operation and, where it is safe to show, the cause.
var (
	// ErrNotFound says that no session is live under the id: it never was, it
	// expired, or it was deleted. An outage is never reported as this.
	ErrNotFound = errors.New("session not found")

	// ErrExists says that a live session has the id already. The write had no
	// effect.
	ErrExists = errors.New("session exists already")

	// ErrConflict says that the session is live, but not what the caller
	// expected: another was faster. The write had no effect. Read again and
	// decide again, as [Update] does.
	ErrConflict = errors.New("session was changed by another")

	// ErrInvalidID says that the id is not one that [ValidID] accepts.
	// Nothing was sent.
	ErrInvalidID = errors.New("invalid session id: want 1 to 128 bytes of A-Z a-z 0-9 - . _ ~")

	// ErrInvalidTTL says that the ttl is not above zero, or above [MaxTTL].
	// Nothing changed.
	ErrInvalidTTL = errors.New("invalid ttl: want more than 0 and at most 400 days")

	// ErrTooLarge says that the data is longer than [MaxDataBytes]. The
	// stored session, if any, is as it was. (A memcached whose own limit,
	// option -I, is lower refuses, too, and deletes the stored session.)
	ErrTooLarge = errors.New("session data too large: want at most 1,000,000 bytes")

	// ErrCorrupt says that a record is there but cannot be read. It is
	// neither a session nor a miss.
	ErrCorrupt = errors.New("session record is corrupt")

	// ErrFull says that the store has no room left. The write had no effect;
	// sessions that were stored stay readable. Delete, a longer wait or more
	// room help. (A memcached that has no room for a write deletes the session
	// under that id.)
	ErrFull = errors.New("session store is full")

	// ErrClosed says that the store was closed before the call.
	ErrClosed = errors.New("session store is closed")

	// ErrUnknownOutcome says that a write was sent and its reply did not come
	// back: it may have happened, or may happen yet. It matches beside the
	// cause, such as [context.DeadlineExceeded], and never beside
	// ErrNotFound, ErrExists or ErrConflict. Read the session to learn more, or end it with Delete.
	ErrUnknownOutcome = errors.New("outcome of the write is unknown")
)
