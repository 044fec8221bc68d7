package memcached

import (
	"math"
	"time"
)

const (
	// TTLResolution is the unit to which a ttl is rounded up.
	TTLResolution = time.Second

	// TTLSlack is the longest that a session may stay visible after its
	// deadline, counted from the ttl rounded up.
	TTLSlack = 3 * time.Second

	// maxRelative is the longest time that memcached takes as a number of
	// seconds from now, 30 days. It takes anything above as a Unix date.
	maxRelative = 30 * 24 * 60 * 60

	// uncertainty is what memcached's clock, in whole seconds, may run ahead
	// while a session lives. The server reads its monotonic clock, rounded
	// down, about once a second, and its timer comes a little later each
	// time. So the number that it adds a ttl to may be almost two seconds
	// old: one since the tick, one from the rounding. At the end it may be
	// exact. Every some hundred ticks a number is left out, and then a ttl of
	// one second more would not be enough.
	uncertainty = 2
)

// expiration returns the protocol's number for a ttl that is valid: seconds
// from now, or a date where they are too many. It is never 0, which would be
// for ever, nor negative.
//
// A date goes by the clock of the application. The server's is the one that it
// had when it started, moved on by the seconds since, and at most one second
// ahead: the two seconds cover it and the fraction that Unix drops.
func expiration(ttl time.Duration, now time.Time) int32 {
	seconds := int64((ttl-1)/time.Second) + 1 + uncertainty
	if seconds <= maxRelative {
		return int32(seconds)
	}
	date := min(now.Unix()+seconds, math.MaxInt32) // January 2038: no later one fits the protocol
	if date-now.Unix() < maxRelative {
		return maxRelative
	}
	return int32(date)
}
