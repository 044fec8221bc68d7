package growth

import (
	"context"
	"errors"
	"fmt"

	"github.com/coatcheck/sessionstore/bench/target"
)

// ErrEvicted says that a server dropped live sessions for want of room, so that
// there are no figures. The error's text says what gives it more.
var ErrEvicted = errors.New("sessions were evicted")

// evictions watches that a server does not drop what is measured.
type evictions struct {
	target *target.Target
	before *target.Counters // nil where nothing is ever evicted
}

func watchEvictions(ctx context.Context, t *target.Target) (evictions, error) {
	before, err := t.Counters(ctx)
	return evictions{t, before}, err
}

// check returns what the server counts now, or nil where it does not. Where it
// has dropped sessions since, the error is ErrEvicted, whatever else failed: err
// is what did, or nil, and comes back otherwise.
func (e evictions) check(ctx context.Context, err error) (*target.Counters, error) {
	now, unasked := e.target.Counters(ctx)
	if unasked != nil {
		return nil, errors.Join(err, unasked)
	}
	if now == nil {
		return nil, err
	}
	if n := now.Evicted - e.before.Evicted; n > 0 {
		return nil, fmt.Errorf("%s: %w: %d, for want of room; start the server with more (%s), or store fewer sessions",
			e.target.Config, ErrEvicted, n, moreRoom[e.target.Backend])
	}
	return now, err
}

// moreRoom is the setting that bounds a server's memory.
var moreRoom = map[string]string{"memcached": "memcached -m", "redis": "maxmemory"}
