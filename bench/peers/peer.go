package peers

import (
	"context"
	"slices"
	"strings"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Store is a peer behind the interface that the workloads drive. It has what
// the peer has, see [Peer.Has], and keeps none of the promises of
// [sessionstore.Store] that the peer does not make.
type Store interface {
	sessionstore.Store
	Close() error
}

// Peer is something that sessions could be kept with instead of our backend.
type Peer struct {
	// Name is a word such as scs-goredisstore. That of a bare client begins
	// with limit-, that of a stand-in with baseline-.
	Name string

	// Backend is the backend of ours that it is measured against.
	Backend string

	// Module is the import path of the module whose code it is, or of the
	// client that it uses; empty for code of this package alone.
	Module string

	// Differs says in what it does less, or otherwise, than our backend does.
	Differs string

	// Rewrites is set where a session can be extended only by writing it again.
	Rewrites bool

	// Endless is set where no session ends by itself.
	Endless bool

	open   func(ctx context.Context, p target.Place) (Store, error)
	remove func(ctx context.Context, p target.Place) error // nil: as with ours
}

// All returns every peer, in the order of the tables.
func All() []Peer {
	return slices.Concat(memoryPeers(), boltPeers(), memcachedPeers(), redisPeers(), postgresPeers())
}

// Of returns the peers of one backend.
func Of(backend string) []Peer {
	return slices.DeleteFunc(All(), func(p Peer) bool { return p.Backend != backend })
}

// Named returns the peer of that name.
func Named(name string) (Peer, bool) {
	all := All()
	i := slices.IndexFunc(all, func(p Peer) bool { return p.Name == name })
	if i < 0 {
		return Peer{}, false
	}
	return all[i], true
}

// Persistent returns the peers whose sessions can outlive a process, for the
// comparison of what survives. The bare clients, which keep no session by
// themselves, are not among them.
func Persistent() []Peer {
	return slices.DeleteFunc(All(), func(p Peer) bool { return p.Backend == "memory" || p.IsLimit() })
}

// Open opens a store on the sessions of the place, which must be of the peer's
// backend; the caller closes it. Two stores of one place share their sessions,
// also from two processes, except in memory. A place that one peer has used is
// no use to another.
func (p Peer) Open(ctx context.Context, place target.Place) (Store, error) {
	return p.open(ctx, place)
}

// IsLimit reports whether the peer is a bare client.
func (p Peer) IsLimit() bool { return strings.HasPrefix(p.Name, "limit-") }

// Has reports whether the peer can do what the workload of that name does. What
// it cannot do is left out, and not made up for.
func (p Peer) Has(workload string) bool {
	switch workload {
	case "CompareAndSwap":
		return false
	case "Touch":
		return !p.Rewrites
	}
	return true
}
