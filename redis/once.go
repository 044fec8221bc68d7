package redis

import (
	"context"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"
)

// once is a command that the client sends at most once, and that knows whether
// it was sent. The client repeats a write whose reply was lost: a repeated SET
// can land after another's DEL and bring a session back
// (Error/UnknownOutcome).
//
// A redirect (MOVED, ASK) is followed all the same: the node that answers with
// it has done nothing.
type once struct {
	*goredis.Cmd
	last *lastArg
}

func newOnce(ctx context.Context, last string, args ...any) *once {
	arg := &lastArg{text: last}
	cmd := &once{Cmd: goredis.NewCmd(ctx, append(args, arg)...), last: arg}
	// Without a step count a ClusterClient asks for the description of all
	// commands first, and does not heed ctx in that.
	cmd.SetStepCount(1)
	return cmd
}

// NoRetry implements [goredis.Cmder].
func (*once) NoRetry() bool { return true }

// lastArg is a command's last argument. The client asks for its bytes when it
// writes the command to a connection, and at no other time: not while it waits
// for a connection, dials one or signs in. A command without its last argument
// is not carried out, so that this tells exactly which errors leave the
// outcome unknown, which the errors themselves do not: a timeout of the
// sign-in looks like a timeout of the command.
type lastArg struct {
	text string
	sent atomic.Bool
}

// MarshalBinary implements [encoding.BinaryMarshaler].
func (a *lastArg) MarshalBinary() ([]byte, error) {
	a.sent.Store(true)
	return []byte(a.text), nil
}

// String implements [fmt.Stringer]: a ClusterClient finds a key's slot by it.
func (a *lastArg) String() string { return a.text }
