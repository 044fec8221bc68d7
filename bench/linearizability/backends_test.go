package linearizability

import (
	"context"
	"crypto/rand"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bolt"
	"github.com/coatcheck/sessionstore/internal/relay"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/memcached"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/postgres"
	"github.com/coatcheck/sessionstore/redis"
)

// sweepInterval lets sweepers meet sessions that are just being renewed.
const sweepInterval = 5 * time.Millisecond

// store is a Store that ends.
type store interface {
	sessionstore.Store
	Close() error
}

// backend is how to reach one of the five.
type backend struct {
	name   string
	model  Model
	shape  Shape
	lanes  int
	open   func(t *testing.T) func(addr string) store // a second call opens another Store on the same sessions
	server func(testing.TB) *testserver.Server        // nil: there is none, and no network to fail
}

var backends = []backend{
	{"memory", Model{}, quick, 2, openMemory, nil},
	{"bolt", Model{}, onServer, 3, openBolt, nil},
	{"redis", Model{Slack: time.Millisecond, Resolution: time.Millisecond}, onServer, 4, openRedis, testserver.Redis},
	{"postgres", Model{Slack: time.Microsecond, Resolution: time.Microsecond}, onServer, 4, openPostgres, testserver.Postgres},
	{"memcached", Model{Slack: memcached.TTLSlack, Resolution: memcached.TTLResolution, Steps: true}, inSeconds, 48, openMemcached, testserver.Memcached},
}

// onServer is quick for operations that take some hundred microseconds.
var onServer = Shape{
	TTL: 10 * time.Millisecond, Linger: 12 * time.Millisecond, Lapses: 2,
	Clients: [2]int{4, 8}, Steps: [2]int{10, 25},
}

// inSeconds is for a backend that counts time in seconds: its histories take
// that long, and many are recorded at a time.
var inSeconds = Shape{
	TTL: time.Second, Linger: 4 * time.Second, Lapses: 1,
	Clients: [2]int{4, 6}, Steps: [2]int{10, 20},
}

// parts is how many runs TestBackends has, which share its time.
const parts = 8

// TestBackends records histories of each backend, and of those with a server
// also some in which the network loses requests and replies and resets
// connections.
func TestBackends(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			report := judge(t, b.run(t, false))
			if report.Failed+report.Unknown > 0 {
				t.Errorf("%d operations failed and %d have an unknown outcome with nothing in their way, such as: %v",
					report.Failed, report.Unknown, report.Failure)
			}
		})
		if b.server == nil {
			continue
		}
		t.Run(b.name+"-faults", func(t *testing.T) {
			report := judge(t, b.run(t, true))
			if report.Faults > 20 && report.Unknown == 0 {
				t.Errorf("%d faults left no operation with an unknown outcome: they miss their aim", report.Faults)
			}
		})
	}
}

// run opens a backend and returns a run over its part of the time.
func (b backend) run(t *testing.T, faults bool) Run {
	r := Run{Model: b.model, Shape: b.shape, Seed: *replay, Replay: *replay != 0}
	if faults {
		r.Shape.Faults = 3
	}
	r.Lanes = lanes(t, b, b.open(t), faults)
	r.Until = time.Now().Add(*duration/parts - r.Shape.Linger) // the last one takes about as long
	return r
}

// lanes returns the lanes of a run. All share two Stores; with faults each has
// a relay and a Store behind it.
func lanes(t *testing.T, b backend, at func(addr string) store, faults bool) []Lane {
	addr := ""
	if b.server != nil {
		addr = b.server(t).Addr()
	}
	one, other := at(addr), at(addr)
	t.Cleanup(func() { one.Close(); other.Close() })
	lanes := make([]Lane, b.lanes)
	for i := range lanes {
		lanes[i].Stores = []sessionstore.Store{one, other}
		if faults {
			r, err := relay.New(addr)
			if err != nil {
				t.Fatal(err)
			}
			via := at(r.Addr())
			t.Cleanup(func() { via.Close(); r.Close() })
			lanes[i] = Lane{Stores: []sessionstore.Store{via, via, via, other}, Relay: r}
		}
	}
	return lanes
}

// must returns a store, and ends t where there is none.
func must[S store](t *testing.T) func(S, error) store {
	return func(s S, err error) store {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func openMemory(t *testing.T) func(string) store {
	s := must[*memory.Store](t)(memory.New(memory.Options{SweepInterval: sweepInterval}))
	return func(string) store { return s }
}

// openBolt has two Stores on one open file.
func openBolt(t *testing.T) func(string) store {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "sessions.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return func(string) store {
		return must[*bolt.Store](t)(bolt.New(db, bolt.Options{SweepInterval: sweepInterval}))
	}
}

func openRedis(t *testing.T) func(string) store {
	server, prefix := testserver.Redis(t), newPrefix()
	return func(addr string) store {
		return must[*redis.Store](t)(redis.Open(t.Context(), at(t, server.URL(), addr), redis.Options{Prefix: prefix}))
	}
}

func openMemcached(t *testing.T) func(string) store {
	prefix := newPrefix()
	return func(addr string) store {
		return must[*memcached.Store](t)(memcached.New([]string{addr}, memcached.Options{Prefix: prefix}))
	}
}

func openPostgres(t *testing.T) func(string) store {
	server, table := testserver.Postgres(t), strings.ReplaceAll(newPrefix(), ":", "_")
	t.Cleanup(func() { drop(t, server.URL(), table) })
	return func(addr string) store {
		return must[*postgres.Store](t)(postgres.Open(t.Context(), at(t, server.URL(), addr),
			postgres.Options{Table: table, MaxConns: 8, SweepInterval: sweepInterval}))
	}
}

// drop removes a run's tables from a server that may be one that stays.
func drop(t *testing.T, rawURL, table string) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, rawURL)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close(ctx)
	names := pgx.Identifier{table}.Sanitize() + ", " + pgx.Identifier{table + "_schema"}.Sanitize()
	if _, err := conn.Exec(ctx, "DROP TABLE "+names); err != nil {
		t.Error(err)
	}
}

// newPrefix keeps the sessions of one run apart from all others.
func newPrefix() string { return "linearizability:" + strings.ToLower(rand.Text()[:12]) }

// at returns rawURL with another host.
func at(t *testing.T, rawURL, addr string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal("the server's URL cannot be read")
	}
	u.Host = addr
	return u.String()
}
