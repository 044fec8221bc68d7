package peers

import (
	"context"

	"github.com/coatcheck/sessionstore/bench/target"
)

const handsOut = "hands the same slice to every reader"

// memoryPeers are the stores in this process's memory, each as it is and with
// a copy for each reader.
func memoryPeers() []Peer {
	var all []Peer
	for _, p := range []struct {
		Peer
		new func() (sliding, error)
	}{
		{Peer{Name: "scs-memstore", Module: "github.com/alexedwards/scs/v2", Rewrites: true,
			Differs: handsOut + "; one lock for all sessions, also while expired ones are removed"}, newMemstore},
		{Peer{Name: "otter", Module: "github.com/maypok86/otter/v2",
			Differs: handsOut + "; reads and extends in two steps"}, newOtter},
		{Peer{Name: "ttlcache", Module: "github.com/jellydator/ttlcache/v3",
			Differs: handsOut + "; one lock for all sessions, also to read; extends by the ttl that the session was set with and by no other"}, newTTLCache},
	} {
		p.Backend = "memory"
		p.open = func(context.Context, target.Place) (Store, error) { return p.new() }
		all = append(all, p.Peer)
		p.Name += "-copying"
		p.Differs = "with a copy for each reader, as ours; else as " + all[len(all)-1].Name
		p.open = func(context.Context, target.Place) (Store, error) {
			inner, err := p.new()
			return copying{inner}, err
		}
		all = append(all, p.Peer)
	}
	return append(all, Peer{
		Name: "limit-map", Backend: "memory", Endless: true,
		Differs: "256 maps with a lock each, copies in and out; deadlines are kept and nobody looks at them",
		open:    func(context.Context, target.Place) (Store, error) { return newMaps(), nil },
	})
}
