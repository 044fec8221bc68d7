package sessionstore

import (
	"context"
	"time"
)

// Store keeps sessions: opaque bytes under an id that is known only to its
// owner, each with a deadline after which it is gone.
//
// Every method is safe for concurrent use, by goroutines, by several Store
// values on the same data and, where the backend has a server, by several
// processes. Operations on one id are linearizable (Concurrent/Linearizable):
// each takes effect at one instant between its call and its return.
//
// An absent, an expired and a deleted session are one state: not found.
//
// # Arguments
//
// An id has 1 to [MaxIDBytes] bytes of the alphabet that [ValidID] describes;
// any other is [ErrInvalidID] (ID/Valid). Data is any bytes, up to
// [MaxDataBytes], else [ErrTooLarge]; nil and empty are the same (Data/Any,
// Data/TooLarge). A ttl is above zero and at most [MaxTTL], else
// [ErrInvalidTTL]; there is no "for ever" (TTL/Invalid). A bad argument is
// answered before anything is sent and changes nothing.
//
// # Time
//
// A session lives exactly while now < write + ttl, judged by one clock: the
// server's where there is a server, else the process's (TTL/NotEarly). A ttl
// finer than the backend's resolution is rounded up. Each backend publishes by
// how much it may be late (TTL/NotLate); none is early. (memcached will be, for
// the longest ttls from December 2036 on: its protocol's dates end in 2038.)
//
// # Contexts
//
// A context that is done on entry returns its error and nothing is sent
// (Ctx/Done). A deadline is kept, also when a server hangs, and the error then
// matches [context.DeadlineExceeded] (Ctx/Deadline); a cancellation likewise
// matches [context.Canceled] (Ctx/Cancel). There are two exceptions: a redis
// read is not interrupted by a cancellation and returns within the client's
// read timeout, and bolt waits for a commit that has begun.
//
// # Errors
//
// Errors match the package's sentinels and name the operation; none contains
// an id or data (ID/Secret). An outage, a closed store or an unreadable record
// is never [ErrNotFound] (Error/NotAMiss). A write whose request may have been
// carried out but whose reply did not come back matches [ErrUnknownOutcome],
// beside its cause; it is never sent a second time (Error/UnknownOutcome).
// Every other error of a write means that it had no effect.
type Store interface {
	// Get returns the data of a live session, or ErrNotFound. The bytes
	// belong to the caller for ever, also after Close (Get/Owned); a session
	// without data yields an empty slice that is not nil (Data/Any).
	Get(ctx context.Context, id string) ([]byte, error)

	// Set stores data under id for ttl from now, whether or not a session
	// was there, and replaces data and deadline whole (Set/Replaces). The
	// bytes are not kept: the caller may change them as soon as Set returns,
	// also when it returned early (Set/Copies).
	Set(ctx context.Context, id string, data []byte, ttl time.Duration) error

	// Touch lets a live session end ttl from now, later or earlier than it
	// would have, and leaves its data alone (Touch/Live). Where no session is
	// live it returns ErrNotFound and creates nothing (Touch/NoRevival).
	Touch(ctx context.Context, id string, ttl time.Duration) error

	// Delete ends a session. Whatever starts after it has returned finds
	// nothing until a new Set (Delete/Gone). Deleting what is not there is no
	// error (Delete/Idempotent).
	Delete(ctx context.Context, id string) error
}

const (
	// MaxDataBytes is the most data that one session holds: 1,000,000 bytes,
	// so that a record with its key and header fits the 1 MiB that memcached
	// accepts by default.
	MaxDataBytes = 1_000_000

	// MaxTTL is the longest time to live: 400 days, the longest lifetime that
	// browsers grant a cookie (RFC 6265bis, section 5.5).
	MaxTTL = 400 * 24 * time.Hour
)
