package redis

import (
	"context"
	"iter"
	"slices"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
)

const (
	// scanCount is about how many keys the server looks at for one page. It
	// takes well under a millisecond, in which it serves nobody else.
	scanCount = 1000

	// batchSize is how many of them are read or deleted in one round trip: at
	// most as many sessions are in memory.
	batchSize = 50
)

// batches yields the keys that begin as those of the Store do, in batches. A
// key may come twice. An error is the last thing that is yielded.
func (s *Store) batches(ctx context.Context) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		nodes, err := s.masters(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, node := range nodes {
			for page, err := range s.pages(ctx, node) {
				if err != nil {
					yield(nil, err)
					return
				}
				for batch := range slices.Chunk(page, batchSize) {
					if !yield(batch, nil) {
						return
					}
				}
			}
		}
	}
}

// pages yields the keys of one server as SCAN finds them: all that are there
// from beginning to end, however many others come and go.
func (s *Store) pages(ctx context.Context, node goredis.UniversalClient) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		var cursor uint64
		for {
			if s.closed.Load() {
				yield(nil, sessionstore.ErrClosed)
				return
			}
			page, next, err := node.Scan(ctx, cursor, s.keys.pattern(), scanCount).Result()
			if err != nil {
				yield(nil, s.cause(ctx, err))
				return
			}
			if len(page) > 0 && !yield(page, nil) || next == 0 {
				return
			}
			cursor = next
		}
	}
}

// masters returns a client for each server that holds a part of the keys.
func (s *Store) masters(ctx context.Context) ([]goredis.UniversalClient, error) {
	cluster, ok := s.client.(*goredis.ClusterClient)
	if !ok {
		return []goredis.UniversalClient{s.client}, nil
	}
	var (
		mu    sync.Mutex
		nodes []goredis.UniversalClient
	)
	err := cluster.ForEachMaster(ctx, func(_ context.Context, node *goredis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		nodes = append(nodes, node)
		return nil
	})
	if err != nil {
		return nil, s.cause(ctx, err)
	}
	return nodes, nil
}
