package containers

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	memcachedstore "github.com/coatcheck/sessionstore/memcached"
	postgresstore "github.com/coatcheck/sessionstore/postgres"
	redisstore "github.com/coatcheck/sessionstore/redis"
	"github.com/coatcheck/sessionstore/storetest"
)

// backend is how the suite uses one.
type backend struct {
	open func(ctx context.Context, url, name string) (sessionstore.Store, error)

	// lazy opens one where nobody answers.
	lazy func(t storetest.T, url, name string) (sessionstore.Store, error)

	// corrupt returns the hook of that name, or nil.
	corrupt func(url string, nameOf func(sessionstore.Store) string) func(storetest.T, sessionstore.Store, string)

	slack, resolution time.Duration
	lacks             map[string]string

	args []string // more of the server's command line
}

// backends are those with a server, with what each lacks for the reason that
// its own conformance test gives.
var backends = map[string]backend{
	"redis": {
		open: func(ctx context.Context, url, name string) (sessionstore.Store, error) {
			return redisstore.Open(ctx, url+"?read_timeout=1s", redisstore.Options{Prefix: name})
		},
		lazy: lazyRedis, corrupt: corruptRedis,
		slack: time.Millisecond, resolution: time.Millisecond,
		lacks: map[string]string{
			"Ctx/Cancel":        "the client does not interrupt a read: a cancelled call returns within the read timeout",
			"Purge/OnlyExpired": "redis removes expired records by itself",
		},
	},
	"memcached": {
		open: func(ctx context.Context, url, name string) (sessionstore.Store, error) {
			return memcachedstore.Open(ctx, url, memcachedstore.Options{Prefix: name})
		},
		lazy: lazyMemcached, corrupt: corruptNothing,
		slack: memcachedstore.TTLSlack, resolution: memcachedstore.TTLResolution,
		lacks: map[string]string{
			"List/All":             "memcached does not tell its keys",
			"List/Handles":         "memcached does not tell its keys",
			"Clear/OnlyOwn":        "memcached does not tell its keys, and flush_all would remove those of others",
			"Purge/OnlyExpired":    "memcached removes expired records by itself",
			"Restart/Clean":        "memcached keeps sessions in memory only",
			"Restart/ServerKilled": "memcached keeps sessions in memory only",
		},
		// The engine's port forwarding closes a connection some time after its
		// client did, and a rule leaves thousands of them behind.
		args: []string{"-c", "8192"},
	},
	"postgres": {
		open: func(ctx context.Context, url, name string) (sessionstore.Store, error) {
			return postgresstore.Open(ctx, url, postgresstore.Options{Table: name, MaxConns: postgresConns, SweepInterval: -1})
		},
		lazy: lazyPostgres, corrupt: corruptNothing,
		slack: time.Microsecond, resolution: time.Microsecond,
	},
}

// postgresConns keeps all the stores of all the rules that run at once below
// the server's limit of 100 connections.
const postgresConns = 3

func lazyRedis(t storetest.T, url, name string) (sessionstore.Store, error) {
	options, err := goredis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	options.ContextTimeoutEnabled = true
	options.DialerRetries = 1
	client := goredis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return redisstore.New(client, redisstore.Options{Prefix: name})
}

func lazyMemcached(_ storetest.T, url, name string) (sessionstore.Store, error) {
	return memcachedstore.New([]string{url[len("memcached://"):]}, memcachedstore.Options{Prefix: name})
}

func lazyPostgres(t storetest.T, url, name string) (sessionstore.Store, error) {
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		return nil, err
	}
	t.Cleanup(pool.Close)
	return postgresstore.New(pool, postgresstore.Options{Table: name, SweepInterval: -1})
}

// corruptRedis makes a list of a session's record.
func corruptRedis(url string, nameOf func(sessionstore.Store) string) func(storetest.T, sessionstore.Store, string) {
	return func(t storetest.T, s sessionstore.Store, id string) {
		options, err := goredis.ParseURL(url)
		if err != nil {
			t.Fatalf("%v", err)
		}
		client := goredis.NewClient(options)
		defer client.Close()
		key := nameOf(s) + ":" + id
		if err := client.Del(t.Context(), key).Err(); err != nil {
			t.Fatalf("%v", err)
		}
		if err := client.RPush(t.Context(), key, "a list").Err(); err != nil {
			t.Fatalf("%v", err)
		}
	}
}

// corruptNothing is for backends whose every record can be read.
func corruptNothing(string, func(sessionstore.Store) string) func(storetest.T, sessionstore.Store, string) {
	return nil
}
