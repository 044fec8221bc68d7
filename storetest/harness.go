package storetest

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// T is the part of [testing.TB] that a rule uses.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Context() context.Context
	TempDir() string
	Cleanup(func())
}

// Harness tells the suite how to make a store and what can be done to it. Only
// New is required. A rule whose hook is missing is skipped, and says so.
type Harness struct {
	// New returns an empty store whose sweeper, if it has one, is off, and
	// arranges with t.Cleanup for what must be given back, Close included
	// (rules may have closed it before). Rules run in parallel, each on a
	// store of its own: stores on one server need a prefix, a table or a
	// database each.
	New func(t T) sessionstore.Store

	// Around runs one rule; nil runs it plainly. A store that keeps time by
	// the process's clock passes synctest.Test and its rules take no time.
	Around func(t *testing.T, rule func(t *testing.T))

	// Lacks names the rules that the store cannot keep, each with the reason.
	// They are logged. A rule that is listed here and kept all the same fails.
	Lacks map[string]string

	// TTLSlack is the longest that a session may stay visible after its
	// deadline, as the store publishes it. Zero means not at all.
	TTLSlack time.Duration

	// TTLResolution is the unit to which the store rounds a ttl up. Zero
	// means a nanosecond.
	TTLResolution time.Duration

	// Peer returns another Store on the data of s, which stays open, as a
	// second process would have it.
	Peer func(t T, s sessionstore.Store) sessionstore.Store

	// Embedded says that the store runs within the process and has no server:
	// the rules about a server's outage are left out.
	Embedded bool

	// Neighbours returns stores on the database of s whose names are as near
	// to that of s as can be: a prefix "app2", and "app:admin", beside "app".
	Neighbours func(t T, s sessionstore.Store) []sessionstore.Store

	// OpaqueListedIDs says that All yields handles, which only Delete takes.
	OpaqueListedIDs bool

	// MaxDataBytes is the most data that the store takes, where that is less
	// than sessionstore.MaxDataBytes.
	MaxDataBytes int

	// DeleteIsFinal says that for a while after a Delete only Create stores
	// under that id, and a Set is refused without an error.
	DeleteIsFinal bool

	// Corrupt makes the stored record of id unreadable. It is nil where every
	// record can be read.
	Corrupt func(t T, s sessionstore.Store, id string)

	// Addr is the TCP address, host:port, of the server behind the store,
	// and Via returns a Store on the data of s that reaches its server at
	// addr instead. The suite puts a relay there that hangs, refuses or loses
	// what it should carry. Via itself must not wait for an answer.
	Addr string
	Via  func(t T, s sessionstore.Store, addr string) sessionstore.Store

	// RoundTrips is the path of a JSON file that says how many round trips to
	// the server each operation takes, as the store publishes it: {"Get": 1}
	// and so on, 0 where there is no server. STORETEST_UPDATE=1 writes it.
	RoundTrips string

	// Reopen returns a Store on the data of s after s was closed, or after
	// the process that used it was killed.
	Reopen func(t T, s sessionstore.Store) sessionstore.Store

	// Restart stops the server of s cleanly, Kill with SIGKILL; both start it
	// again on the same data and port, and return when it answers.
	Restart func(t T, s sessionstore.Store)
	Kill    func(t T, s sessionstore.Store)

	// Child returns a command, not yet started, whose process opens the data
	// of s and passes it to [ServeChild]. The suite closes s before, starts
	// the command, and kills it.
	Child func(t T, s sessionstore.Store) *exec.Cmd
}
