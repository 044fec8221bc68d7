package survival

import (
	"context"
	"fmt"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/peers"
	"github.com/coatcheck/sessionstore/bench/target"
)

// openStore opens the sessions of a place with our store, or with a peer's.
func openStore(ctx context.Context, p target.Place, peer string) (sessionstore.Store, error) {
	if peer == "" {
		return p.Open(ctx)
	}
	other, found := peers.Named(peer)
	if !found || other.Backend != p.Backend {
		return nil, fmt.Errorf("%s has no peer %q: see peers.All", p.Backend, peer)
	}
	return other.Open(ctx, p)
}
