package survival

import (
	"fmt"

	"github.com/coatcheck/sessionstore/bench/target"
)

// Promise is what the documentation of a backend says of an event.
type Promise string

// The promises.
const (
	Keeps    Promise = "keeps"    // all that was acknowledged is there, and what was deleted is not
	Forgets  Promise = "forgets"  // every session is gone, and none comes back
	MayLose  Promise = "may lose" // what was acknowledged last may be lost, or come back
	GoesBack Promise = "goes back to its last snapshot"
)

// Promised returns what our store on c promises. MayLose and GoesBack are the
// price of settings that do not wait for the disk.
func Promised(c target.Config, e Event) Promise {
	endsServer := e == StopServer || e == KillServer
	switch {
	case c.Backend == "memory":
		return Forgets
	case endsServer && (c.Backend == "memcached" || c.Backend == "redis" && c.Durability == "none"):
		return Forgets
	case e != KillServer:
		return Keeps
	case c.Backend == "redis" && c.Durability == "snapshot":
		return GoesBack
	case c.Backend == "redis" && c.Durability == "everysec", c.Backend == "postgres" && c.Durability == "async":
		return MayLose
	}
	return Keeps
}

// Broken returns an error where our store did not keep what it promises. It
// judges none of a peer.
func (r Result) Broken() error {
	promise := Promised(target.Config(r.Target), Event(r.Event))
	switch {
	case r.Peer != "":
		return nil
	case r.Acked == 0 || r.Deleted == 0:
		return r.broken("no session or no delete was acknowledged: nothing is proven")
	case r.Missed > 0:
		return r.broken("%d times it told an outage as a miss", r.Missed)
	case r.Ghosts > 0:
		return r.broken("%d writes that it had refused took effect", r.Ghosts)
	case promise == Keeps && (r.Lost > 0 || r.Revived > 0):
		return r.broken("it promises to keep everything, and lost %d of %d sessions (%d with older data) and revived %d of %d",
			r.Lost, r.Acked, r.Stale, r.Revived, r.Deleted)
	case promise == Forgets && (r.Kept > 0 || r.Stale > 0 || r.Revived > 0):
		return r.broken("it promises to forget everything, and kept %d of %d sessions (%d with older data) and revived %d of %d",
			r.Kept+r.Stale, r.Acked, r.Stale, r.Revived, r.Deleted)
	}
	return nil
}

func (r Result) broken(format string, args ...any) error {
	return fmt.Errorf("%s-%s, %s: "+format, append([]any{r.Backend, r.Durability, r.Event}, args...)...)
}
