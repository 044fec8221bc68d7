package redis

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/storetest"
)

// A place is where sessions are, in one word for another process: the URL of a
// server, cluster:address,address or sentinel:name@address.
const (
	clusterPlace  = "cluster:"
	sentinelPlace = "sentinel:"
)

// What the Store lacks everywhere.
const (
	noCancel = "the client does not interrupt a read: a cancelled call returns within the read timeout"
	noPurge  = "redis removes expired records by itself"
)

// connectTo returns a Store at a place, and what closes its client if it does
// not do so itself.
func connectTo(place, prefix string) (*Store, func() error, error) {
	var client goredis.UniversalClient
	if addrs, ok := strings.CutPrefix(place, clusterPlace); ok {
		client = goredis.NewClusterClient(clusterOptions(strings.Split(addrs, ",")))
	} else if spec, ok := strings.CutPrefix(place, sentinelPlace); ok {
		name, addr, _ := strings.Cut(spec, "@")
		client = goredis.NewFailoverClient(sentinelOptions(name, addr))
	} else {
		s, _, err := connect(place, Options{Prefix: prefix})
		return s, nil, err
	}
	s, err := New(client, Options{Prefix: prefix})
	return s, client.Close, err
}

// clusterOptions returns a client's options that repeat as much as can be.
func clusterOptions(addrs []string) *goredis.ClusterOptions {
	return &goredis.ClusterOptions{Addrs: addrs, ContextTimeoutEnabled: true, MaxRetries: 3, DialerRetries: 1}
}

// sentinelOptions returns those of a client that asks Sentinel for the master.
// The read timeout bounds how long the rule that the store lacks takes to fail,
// and MaxRetries how long a call takes during an outage.
func sentinelOptions(name, addr string) *goredis.FailoverOptions {
	return &goredis.FailoverOptions{
		MasterName: name, SentinelAddrs: []string{addr}, ContextTimeoutEnabled: true,
		DialTimeout: 2 * time.Second, DialerRetries: 1, ReadTimeout: time.Second, MaxRetries: 1,
	}
}

// openPlace returns a function that opens stores at a place.
func openPlace(place string) func(t storetest.T, prefix string) *Store {
	return func(t storetest.T, prefix string) *Store {
		s, release, err := connectTo(place, prefix)
		if err != nil {
			t.Fatalf("%v", err)
		}
		t.Cleanup(func() { s.Close(); release() })
		return s
	}
}

// placeHarness is the suite's for a place that is the test's own.
func placeHarness(place string) storetest.Harness {
	open := openPlace(place)
	reopen := func(t storetest.T, s sessionstore.Store) sessionstore.Store { return open(t, prefixOf(s)) }
	return storetest.Harness{
		New:           func(t storetest.T) sessionstore.Store { return open(t, sessionstore.NewID()) },
		Peer:          reopen,
		Reopen:        reopen,
		Neighbours:    neighbours(open),
		Corrupt:       corrupt,
		Child:         child(place),
		TTLSlack:      time.Millisecond,
		TTLResolution: time.Millisecond,
	}
}

// TestConformanceCluster lacks what needs a relay before all of the store: the
// nodes tell the client their own addresses. TestLostReply and TestSteps lose
// replies under a cluster client in other ways.
func TestConformanceCluster(t *testing.T) {
	nodes := testserver.NewRedisCluster(t, 3)
	h := placeHarness(clusterPlace + strings.Join(nodes.Addrs(), ","))
	h.Lacks = map[string]string{
		"Error/UnknownOutcome": "no one relay can lose a reply: the nodes tell the client their own addresses",
		"Error/Recovers":       "no one relay can cut the network: the nodes tell the client their own addresses",
		"Trips/AsPublished":    "no one relay can count round trips: the nodes tell the client their own addresses",
		"Purge/OnlyExpired":    noPurge,
	}
	h.Restart = func(t storetest.T, _ sessionstore.Store) { nodes.Stop(t); nodes.Start(t) }
	h.Kill = func(t storetest.T, _ sessionstore.Store) { nodes.Kill(t); nodes.Start(t) }
	storetest.Run(t, h)
}

// TestConformanceSentinel runs the suite on a master with a replica, of which
// Sentinel tells; it is too patient to replace the master here.
func TestConformanceSentinel(t *testing.T) {
	servers := testserver.NewSentinel(t, 1, time.Minute)
	h := placeHarness(sentinelPlace + servers.Name() + "@" + servers.Addr())
	h.Lacks = map[string]string{"Ctx/Cancel": noCancel, "Purge/OnlyExpired": noPurge}
	h.RoundTrips = "testdata/roundtrips.json"
	h.Addr = servers.Master().Addr()
	h.Via = func(t storetest.T, s sessionstore.Store, addr string) sessionstore.Store {
		o := sentinelOptions(servers.Name(), servers.Addr())
		o.Dialer = detour(h.Addr, addr)
		client := goredis.NewFailoverClient(o)
		t.Cleanup(func() { client.Close() })
		return given(t, client, prefixOf(s))
	}
	h.Restart = func(t storetest.T, _ sessionstore.Store) { servers.Master().Stop(t); servers.Master().Start(t) }
	h.Kill = func(t storetest.T, _ sessionstore.Store) { servers.Master().Kill(t); servers.Master().Start(t) }
	storetest.Run(t, h)
}

// detour dials another address instead of one.
func detour(from, to string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if addr == from {
			addr = to
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
}
