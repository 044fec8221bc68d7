//go:build !race

package redis

import "time"

// slack is how late a call may return after its deadline.
const slack = 50 * time.Millisecond
