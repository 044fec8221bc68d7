package redis

import (
	"context"

	"github.com/coatcheck/sessionstore/internal/contract"
)

// Clear implements [sessionstore.Clearer] with SCAN, on every master of a
// cluster, and UNLINK, 50 keys to a round trip; the server is never held up. It
// removes the keys that this Store makes, and no others that begin with the
// prefix. What is stored meanwhile may be removed, too.
//
// Where a server restarts or fails over while Clear runs, Clear returns an
// error. Records whose slot moves to another node of a cluster meanwhile may be
// left in silence.
func (s *Store) Clear(ctx context.Context) error {
	err := s.admit(ctx.Err())
	if err == nil {
		err = s.clear(ctx)
	}
	if err != nil {
		return contract.Error("redis: clear", err)
	}
	return nil
}

func (s *Store) clear(ctx context.Context) error {
	for keys, err := range s.batches(ctx) {
		if err == nil {
			err = s.unlink(ctx, keys)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unlink deletes those of the keys that are the Store's own. Each has a command
// of its own: in a cluster they are in many slots.
func (s *Store) unlink(ctx context.Context, keys []string) error {
	var cmds []*once
	pipe := s.client.Pipeline()
	for _, key := range keys {
		if s.keys.own(key) {
			cmd := newOnce(ctx, key, "unlink")
			_ = pipe.Process(ctx, cmd) // Exec sends it, and each has its error
			cmds = append(cmds, cmd)
		}
	}
	if len(cmds) == 0 {
		return nil
	}
	_, err := pipe.Exec(ctx)
	for _, cmd := range cmds {
		if err := cmd.Err(); err != nil {
			return s.failure(ctx, cmd, err)
		}
	}
	if err != nil {
		return s.failure(ctx, cmds[0], err)
	}
	return nil
}
