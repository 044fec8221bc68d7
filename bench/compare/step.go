package compare

import (
	"context"
	"time"
)

// step is a part of the comparison that ends in seconds, so that a user sees
// how far it is.
type step struct {
	title    string
	estimate time.Duration
	do       func(ctx context.Context) error
}

// Progress says how far a comparison is.
type Progress struct {
	// Title is the part that begins, such as "Get, 1KiB, 64 clients".
	Title string

	// Done of All parts have ended.
	Done, All int

	// Left is about how long the rest takes.
	Left time.Duration
}

// clock estimates the time left: by what the plan says, and by how far off the
// plan was until now.
type clock struct {
	now     func() time.Time
	planned time.Duration // of the steps that have ended
	taken   time.Duration
	left    time.Duration // planned, of the others
	begun   time.Time     // the present step
}

func newClock(steps []step, now func() time.Time) *clock {
	c := &clock{now: now}
	for _, s := range steps {
		c.left += s.estimate
	}
	return c
}

func (c *clock) begin() { c.begun = c.now() }

func (c *clock) end(s step) {
	c.planned += s.estimate
	c.left -= s.estimate
	c.taken += c.now().Sub(c.begun)
}

// trust is how much of the plan's time has to pass before it is corrected by
// half of what it was off.
const trust = 5 * time.Second

func (c *clock) remaining() time.Duration {
	pace := float64(c.taken+trust) / float64(c.planned+trust)
	return time.Duration(float64(c.left) * pace).Round(time.Second)
}
