package redis

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestClusterRedirects uses sessions while their slot moves from one node to
// another: both redirects are followed by writes too.
func TestClusterRedirects(t *testing.T) {
	t.Parallel() // on servers of its own; it mostly waits for them
	c := testserver.NewRedisCluster(t, 3)
	client := goredis.NewClusterClient(clusterOptions(c.Addrs()))
	defer client.Close()
	s := given(t, client, "app")
	var nodes []*goredis.Client
	for _, node := range c.Nodes() {
		nodes = append(nodes, rawClient(t, node.URL()))
	}
	id := idInSlots(s, 0, 5000)
	moved := int(slot(s.keys.of(id)))
	from, to := nodeID(t, nodes[0]), nodeID(t, nodes[2])
	must(t, s.Set(t.Context(), id, []byte("before"), time.Hour))

	must(t, nodes[2].Do(t.Context(), "cluster", "setslot", moved, "importing", from).Err())
	must(t, nodes[0].Do(t.Context(), "cluster", "setslot", moved, "migrating", to).Err())
	next := idBeside(s, id)
	must(t, s.RotateSwap(t.Context(), id, next, []byte("before"), nil, time.Hour)) // one key is at the first node, the other is not
	must(t, s.Delete(t.Context(), id))
	must(t, s.Delete(t.Context(), next))
	roundTrip(t, s, id) // and now every command is answered with ASK

	for _, node := range slices.Backward(nodes) {
		must(t, node.Do(t.Context(), "cluster", "setslot", moved, "node", to).Err())
	}
	roundTrip(t, s, id) // and now with MOVED

	c.Nodes()[1].Kill(t)
	var last error
	for _, last = range s.All(t.Context()) {
	}
	if last == nil || errors.Is(last, sessionstore.ErrNotFound) || errors.Is(last, sessionstore.ErrCorrupt) {
		t.Errorf("All with a dead master: got error %v, want one that says that sessions are missing", last)
	}
	if err := s.Clear(t.Context()); err == nil {
		t.Errorf("Clear with a dead master: got no error")
	}
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
	for _, w := range writes {
		if err := w.call(t.Context(), s, id); err != nil {
			t.Errorf("%s: %v", w.name, err)
		}
	}
	must(t, s.Delete(t.Context(), idBeside(s, id)))
	must(t, s.Set(t.Context(), id, []byte("value"), time.Hour))
	other := idInSlots(s, 0, 16383)
	must(t, s.RotateSwap(t.Context(), id, other, []byte("value"), nil, time.Hour)) // two nodes, most likely
	must(t, s.Delete(t.Context(), other))
	if _, err := s.Get(t.Context(), id); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Fatalf("Get after Delete: got error %v, want ErrNotFound", err)
	}
}

// idInSlots returns an id whose key has a slot from first to last.
func idInSlots(s *Store, first, last uint16) string {
	for {
		id := sessionstore.NewID()
		if n := slot(s.keys.of(id)); first <= n && n <= last {
			return id
		}
	}
}

// idBeside returns another id whose key has the same slot, for one key always
// the same: the search takes a while.
func idBeside(s *Store, id string) string {
	key := s.keys.of(id)
	if found, ok := beside.Load(key); ok {
		return found.(string)
	}
	found, _ := beside.LoadOrStore(key, idInSlots(s, slot(key), slot(key)))
	return found.(string)
}

var beside sync.Map // key to id

// TestSlot asks a server.
func TestSlot(t *testing.T) {
	node := rawClient(t, testserver.NewRedis(t, "--cluster-enabled", "yes").URL())
	keys := []string{"", "a", "123456789", "session:ID", "app:#owners:ID"}
	for range 100 {
		keys = append(keys, "session:"+sessionstore.NewID())
	}
	for _, key := range keys {
		want, err := node.ClusterKeySlot(t.Context(), key).Result()
		if got := slot(key); err != nil || int64(got) != want {
			t.Errorf("slot of %q: got %d, want %d (error %v)", key, got, want, err)
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
