package target

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"

	"github.com/jackc/pgx/v5"
	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

// Bytes returns what the sessions of a place take, by the difference of two
// calls: the live heap of this process for memory, after a collection; the
// pages in use of bolt's file; the table of postgres with its indexes; and for
// redis and memcached what the whole server says it holds, without what redis
// keeps for its connections and its log. s is a store that is open on p.
func (t *Target) Bytes(ctx context.Context, p Place, s sessionstore.Store) (int64, error) {
	switch t.Backend {
	case "memory":
		return heapBytes(), nil
	case "bolt":
		return boltBytes(s)
	case "redis":
		return redisBytes(ctx, p.URL)
	case "memcached":
		return memcachedBytes(ctx, t.Server.Addr())
	case "postgres":
		return postgresBytes(ctx, p)
	}
	return 0, fmt.Errorf("target: there is no backend %q", t.Backend)
}

// heapBytes collects twice, because what has a finalizer goes in the second
// round only.
func heapBytes() int64 {
	runtime.GC()
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// boltBytes counts pages in use, and not the file, which grows by much at a
// time and holds free pages.
func boltBytes(s sessionstore.Store) (bytes int64, err error) {
	store, ok := s.(*boltStore)
	if !ok {
		return 0, fmt.Errorf("target: a %T is no store of a bolt place", s)
	}
	err = store.db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
			stats := b.Stats()
			bytes += int64(stats.BranchAlloc + stats.LeafAlloc)
			return nil
		})
	})
	return bytes, err
}

func redisBytes(ctx context.Context, url string) (int64, error) {
	info, _, err := redisInfo(ctx, url)
	if err != nil {
		return 0, err
	}
	bytes, err := number(info, "used_memory")
	if err != nil {
		return 0, err
	}
	for _, other := range []string{"mem_clients_normal", "mem_aof_buffer"} {
		n, err := number(info, other)
		if err != nil {
			return 0, err
		}
		bytes -= n
	}
	return bytes, nil
}

func memcachedBytes(ctx context.Context, addr string) (int64, error) {
	stats, err := memcachedStats(ctx, addr, "stats")
	if err != nil {
		return 0, err
	}
	return number(stats, "bytes")
}

func postgresBytes(ctx context.Context, p Place) (bytes int64, err error) {
	conn, err := pgx.Connect(ctx, p.URL)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	table := pgx.Identifier{p.Name}.Sanitize()
	err = conn.QueryRow(ctx, "SELECT pg_total_relation_size($1::regclass)", table).Scan(&bytes)
	return bytes, err
}
