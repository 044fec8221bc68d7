package redis

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
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
// from beginning to end, however many others come and go. A cursor of SCAN
// means something else to another server, or to the same one after a restart,
// and would leave keys out in silence: that is an error.
func (s *Store) pages(ctx context.Context, node goredis.UniversalClient) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		run, err := s.runID(ctx, node)
		for cursor, more := uint64(0), true; err == nil && more; more = cursor != 0 {
			var page []string
			page, cursor, err = s.page(ctx, node, cursor)
			if err == nil && len(page) > 0 && !yield(page, nil) {
				return
			}
		}
		if err == nil && run != "" {
			var now string
			if now, err = s.runID(ctx, node); err == nil && now != run {
				err = errReplaced
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

var errReplaced = errors.New("the server was restarted or replaced meanwhile, so that some keys may have been left out: try again")

func (s *Store) page(ctx context.Context, node goredis.UniversalClient, cursor uint64) ([]string, uint64, error) {
	if s.closed.Load() {
		return nil, 0, sessionstore.ErrClosed
	}
	page, next, err := node.Scan(ctx, cursor, s.keys.pattern(), scanCount).Result()
	if err != nil {
		return nil, 0, s.cause(ctx, err)
	}
	return page, next, nil
}

// runID returns what a server calls itself from its start to its end; nothing
// where it does not tell.
func (s *Store) runID(ctx context.Context, node goredis.UniversalClient) (string, error) {
	info, err := node.Info(ctx, "server").Result()
	if refused(err) {
		return "", nil
	}
	if err != nil {
		return "", s.cause(ctx, err)
	}
	_, rest, _ := strings.Cut(info, "run_id:")
	id, _, _ := strings.Cut(rest, "\r\n")
	return id, nil
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
