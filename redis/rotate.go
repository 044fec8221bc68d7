package redis

import (
	"context"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore/internal/contract"
)

// rotateScript moves a session at one instant. The SET comes first: where it
// fails, for want of memory say, nothing has changed, and a DEL does not fail.
// It also refuses where both keys are one.
var rotateScript = newScript(`
local live = redis.pcall('GET', KEYS[1])
if type(live) == 'table' then return live end
if not live then return 0 end
if live ~= ARGV[1] then return -1 end
local set = redis.pcall('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3])
if not set then return -2 end
if set.err then return set end
redis.call('DEL', KEYS[1])
return 1`)

// RotateSwap implements [sessionstore.Rotator], with one Lua script where both
// ids are on one server.
//
// In a Redis Cluster two ids are in two slots nearly always, and no command
// spans them. There RotateSwap looks at the old session, creates the new one,
// and deletes the old one if its data is still old: three round trips, with
// both sessions visible between the last two. Where the old session was changed
// or ended meanwhile, the new one is taken back, and the error is ErrConflict
// or ErrNotFound; so of many rotations of one session one succeeds, and no
// update and no Delete of it is lost. Where ctx ends in between, the call
// returns, with ErrUnknownOutcome, and the rest is done without it; Close waits
// for that.
//
// Where the reply to the last step is lost, the old session may be gone or not.
// The new one is taken back then too: it could be a session whose user logged
// out meanwhile. At worst the user signs in again. Both sessions stay only if
// the process dies in between, or if the server of the new one is out of reach
// just then.
func (s *Store) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	err := s.admit(contract.Write(ctx, oldID, new, ttl))
	if err == nil {
		err = contract.Lookup(ctx, newID)
	}
	if err == nil {
		err = s.rotate(ctx, s.keys.of(oldID), s.keys.of(newID), old, new, milliseconds(ttl))
	}
	if err != nil {
		return contract.Error("redis: rotate", err)
	}
	return nil
}

func (s *Store) rotate(ctx context.Context, from, to string, old, new []byte, px string) error {
	if _, ok := s.client.(*goredis.ClusterClient); ok && slot(from) != slot(to) {
		return s.rotateInSteps(ctx, from, to, old, new, px)
	}
	cmd, err := s.eval(ctx, rotateScript, []any{from, to}, []any{old, new}, px)
	switch {
	case refusedWith(err, "CROSSSLOT"), refusedWith(err, "TRYAGAIN"):
		// A cluster that hides behind one address, or a slot that is moving to
		// another node: nothing has happened, and the steps need one key each.
		return s.rotateInSteps(ctx, from, to, old, new, px)
	case err != nil:
		return s.failure(ctx, cmd, err)
	}
	return verdict(s.number(ctx, cmd.Cmd))
}
