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

// ErrCrowded says that a redis holds too many other keys to measure what it
// costs to be rid of sessions.
var ErrCrowded = errors.New("the server holds too many keys of others")

// maxOthers is how many keys of others a redis may hold. Where fewer than a tenth
// of its keys have expired, it looks at some twenty in a tenth of a second.
const maxOthers = 2000

// uncrowded returns ErrCrowded where it holds more.
func (e evictions) uncrowded() error {
	if e.target.Backend != "redis" || e.before.Records <= maxOthers {
		return nil
	}
	return fmt.Errorf("%s: %w: %d, among which it finds those that expired slowly; give one that is empty",
		e.target.Config, ErrCrowded, e.before.Records)
}

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
