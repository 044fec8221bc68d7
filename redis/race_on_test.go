//go:build race

package redis

import "time"

// slack is how late a call may return after its deadline; the race detector
// slows everything down.
const slack = 500 * time.Millisecond
