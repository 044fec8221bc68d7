package testserver

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// clusterSlots is how many slots a Redis Cluster has.
const clusterSlots = 16384

// Cluster is a Redis Cluster of masters without replicas, which have an equal
// part of the slots each.
//
// What survives: Stop or Kill of all nodes and Start lose nothing, as with one
// redis. A cluster with a node that is down answers nothing at all once the
// others have noticed, which takes them 15 seconds.
type Cluster struct {
	nodes []*Server
}

// NewRedisCluster starts a cluster for one test and removes it when the test
// ends. It takes more than two seconds: so long a node takes no writes after
// its start. The nodes' bus has the port 10000 above each node's own, which
// the ports of this package leave room for.
func NewRedisCluster(tb testing.TB, masters int) *Cluster {
	tb.Helper()
	c := &Cluster{}
	for range masters {
		c.nodes = append(c.nodes, NewRedis(tb, "--cluster-enabled", "yes"))
	}
	if err := c.form(); err != nil {
		tb.Fatalf("testserver: form a redis cluster: %v", err)
	}
	return c
}

// Nodes returns the masters. The test may stop, kill and start each.
func (c *Cluster) Nodes() []*Server { return c.nodes }

// Addrs returns the masters' addresses, host:port.
func (c *Cluster) Addrs() []string {
	addrs := make([]string, len(c.nodes))
	for i, node := range c.nodes {
		addrs[i] = node.Addr()
	}
	return addrs
}

// Stop ends all nodes cleanly.
func (c *Cluster) Stop(t Fataler) {
	t.Helper()
	for _, node := range c.nodes {
		node.Stop(t)
	}
}

// Kill ends all nodes with SIGKILL.
func (c *Cluster) Kill(t Fataler) {
	t.Helper()
	for _, node := range c.nodes {
		node.Kill(t)
	}
}

// Start runs all nodes again and waits until they answer as a cluster, which
// takes more than two seconds.
func (c *Cluster) Start(t Fataler) {
	t.Helper()
	for _, node := range c.nodes {
		node.Start(t)
	}
	if err := eventually(c.ready); err != nil {
		t.Fatalf("testserver: start a redis cluster: %v", err)
	}
}

// form makes a cluster of the nodes, each of which is alone yet.
func (c *Cluster) form() error {
	first := c.nodes[0].Addr()
	for i, node := range c.nodes {
		from, to := i*clusterSlots/len(c.nodes), (i+1)*clusterSlots/len(c.nodes)-1
		if _, err := command(node.Addr(), fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", from, to)); err != nil {
			return err
		}
		host, port, err := net.SplitHostPort(node.Addr())
		if err != nil {
			return err
		}
		if _, err := command(first, fmt.Sprintf("CLUSTER MEET %s %s", host, port)); err != nil {
			return err
		}
	}
	return eventually(c.ready)
}

// ready returns nil once every node knows all others and their slots.
func (c *Cluster) ready() error {
	for _, node := range c.nodes {
		info, err := command(node.Addr(), "CLUSTER INFO")
		if err != nil {
			return err
		}
		for _, want := range []string{
			"cluster_state:ok",
			fmt.Sprintf("cluster_slots_ok:%d", clusterSlots),
			fmt.Sprintf("cluster_known_nodes:%d", len(c.nodes)),
		} {
			if !strings.Contains(info, want+"\r\n") {
				return fmt.Errorf("the node at %s does not say %s", node.Addr(), want)
			}
		}
	}
	return nil
}
