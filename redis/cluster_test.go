package redis

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// cluster is a Redis Cluster of two masters, which have half of the slots
// each.
type cluster struct {
	addrs []string
	nodes []*goredis.Client
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{}
	for range 2 {
		bus := freePort(t)
		server := testserver.NewRedis(t, "--cluster-enabled", "yes", "--cluster-port", bus)
		node := rawClient(t, server.URL())
		c.addrs = append(c.addrs, server.Addr())
		c.nodes = append(c.nodes, node)
		if len(c.nodes) > 1 {
			host, port, _ := net.SplitHostPort(server.Addr())
			must(t, c.nodes[0].Do(t.Context(), "cluster", "meet", host, port, bus).Err())
		}
	}
	must(t, c.nodes[0].ClusterAddSlotsRange(t.Context(), 0, 8191).Err())
	must(t, c.nodes[1].ClusterAddSlotsRange(t.Context(), 8192, 16383).Err())
	for _, node := range c.nodes {
		poll(t, "the cluster's nodes agree", func() bool {
			info := node.ClusterInfo(t.Context()).Val()
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_slots_assigned:16384")
		})
	}
	return c
}

// options returns a client's options that repeat as much as can be.
func (c *cluster) options() *goredis.ClusterOptions {
	return &goredis.ClusterOptions{Addrs: c.addrs, ContextTimeoutEnabled: true, MaxRetries: 3}
}

// TestClusterRedirects uses sessions while their slot moves from one node to
// the other: both redirects are followed by writes too.
func TestClusterRedirects(t *testing.T) {
	c := newCluster(t)
	client := goredis.NewClusterClient(c.options())
	defer client.Close()
	s := given(t, client, "app")
	id := idInSlots(t, s, c, 0, 8191)
	slot := int(c.nodes[0].ClusterKeySlot(t.Context(), s.keys.of(id)).Val())
	from, to := nodeID(t, c.nodes[0]), nodeID(t, c.nodes[1])
	must(t, s.Set(t.Context(), id, []byte("before"), time.Hour))

	must(t, c.nodes[1].Do(t.Context(), "cluster", "setslot", slot, "importing", from).Err())
	must(t, c.nodes[0].Do(t.Context(), "cluster", "setslot", slot, "migrating", to).Err())
	must(t, s.Delete(t.Context(), id)) // the key was still at the first node
	roundTrip(t, s, id)                // and now every command is answered with ASK

	for _, node := range slices.Backward(c.nodes) {
		must(t, node.Do(t.Context(), "cluster", "setslot", slot, "node", to).Err())
	}
	roundTrip(t, s, id) // and now with MOVED
}

// roundTrip runs each operation once.
func roundTrip(t *testing.T, s *Store, id string) {
	t.Helper()
	must(t, s.Set(t.Context(), id, []byte("value"), time.Hour))
	must(t, s.Touch(t.Context(), id, time.Hour))
	got, err := s.Get(t.Context(), id)
	if err != nil || string(got) != "value" {
		t.Fatalf("Get: got %q and error %v, want %q", got, err, "value")
	}
	must(t, s.Delete(t.Context(), id))
	if _, err := s.Get(t.Context(), id); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Fatalf("Get after Delete: got error %v, want ErrNotFound", err)
	}
}

// idInSlots returns an id whose key has a slot from first to last.
func idInSlots(t *testing.T, s *Store, c *cluster, first, last int64) string {
	t.Helper()
	for {
		id := sessionstore.NewID()
		slot, err := c.nodes[0].ClusterKeySlot(t.Context(), s.keys.of(id)).Result()
		must(t, err)
		if first <= slot && slot <= last {
			return id
		}
	}
}

func nodeID(t *testing.T, node *goredis.Client) string {
	t.Helper()
	id, err := node.Do(t.Context(), "cluster", "myid").Text()
	must(t, err)
	return id
}

// fakeCluster returns a cluster client whose only node is at addr and need not
// know of clusters.
func fakeCluster(t *testing.T, addr string) *goredis.ClusterClient {
	t.Helper()
	client := goredis.NewClusterClient(&goredis.ClusterOptions{
		ClusterSlots: func(context.Context) ([]goredis.ClusterSlot, error) {
			return []goredis.ClusterSlot{{Start: 0, End: 16383, Nodes: []goredis.ClusterNode{{Addr: addr}}}}, nil
		},
		ContextTimeoutEnabled: true,
		MaxRetries:            3,
	})
	t.Cleanup(func() { client.Close() })
	return client
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// poll waits until done.
func poll(t *testing.T, what string, done func() bool) {
	t.Helper()
	const patience = 20 * time.Second
	for begin := time.Now(); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > patience {
			t.Fatalf("not so after %v: %s", patience, what)
		}
	}
}
