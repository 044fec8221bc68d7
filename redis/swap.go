package redis

import (
	"bytes"
	"context"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// What the scripts answer with.
const (
	scriptDone     = 1
	scriptNotFound = 0
	scriptConflict = -1 // and whatever else: nothing was changed
	scriptExists   = -2
)

// swapScript writes only where the key holds what the caller saw. A script has
// the server for itself: no lock is needed.
var swapScript = newScript(`
local live = redis.pcall('GET', KEYS[1])
if type(live) == 'table' then return live end
if not live then return 0 end
if live ~= ARGV[1] then return -1 end
local set = redis.pcall('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if set.err then return set end
return 1`)

// removeScript deletes a key only where it holds what the caller saw.
var removeScript = newScript(`
local live = redis.pcall('GET', KEYS[1])
if type(live) == 'table' then return live end
if not live then return 0 end
if live ~= ARGV[1] then return -1 end
redis.call('DEL', KEYS[1])
return 1`)

// CompareAndSwap implements [sessionstore.Swapper] with a Lua script: one round
// trip, one more where the server has not seen the script since it started.
func (s *Store) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	err := s.admit(contract.Write(ctx, id, new, ttl))
	if err == nil {
		err = verdict(s.run(ctx, swapScript, s.keys.of(id), []any{old, new}, milliseconds(ttl)))
	}
	if err != nil {
		return contract.Error("redis: compare and swap", err)
	}
	return nil
}

// remove deletes a session if its data equals data.
func (s *Store) remove(ctx context.Context, key string, data []byte) error {
	return verdict(s.run(ctx, removeScript, key, nil, string(data)))
}

// expect returns nil where data is stored under key.
func (s *Store) expect(ctx context.Context, key string, data []byte) error {
	got, err := s.get(ctx, key)
	if err == nil && !bytes.Equal(got, data) {
		return sessionstore.ErrConflict
	}
	return err
}

// verdict translates a script's answer.
func verdict(answer int64, err error) error {
	if err != nil {
		return err
	}
	switch answer {
	case scriptDone:
		return nil
	case scriptNotFound:
		return sessionstore.ErrNotFound
	case scriptExists:
		return sessionstore.ErrExists
	default:
		return sessionstore.ErrConflict
	}
}
