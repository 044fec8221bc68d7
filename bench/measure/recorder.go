package measure

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// longest is the longest duration that is told from longer ones, in
	// nanoseconds. An operation has failed long before.
	longest = int64(10 * time.Minute)

	// digits are how many of a duration's digits are kept: 0.1 %.
	digits = 3
)

// NewHistogram returns an empty histogram of durations in nanoseconds.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, longest, digits)
}

// Recorder keeps how long operations took. Each client has a histogram of its
// own, so that none waits for another.
type Recorder struct {
	clients []*hdrhistogram.Histogram
}

// NewRecorder returns a recorder for so many clients.
func NewRecorder(clients int) *Recorder {
	r := &Recorder{}
	for range clients {
		r.clients = append(r.clients, NewHistogram())
	}
	return r
}

// Record notes an operation of one client. It fits storetest.Load.Record.
func (r *Recorder) Record(client int, d time.Duration) {
	ns := min(max(int64(d), 1), longest)
	// The only error is a duration out of range, which ns is not.
	_ = r.clients[client].RecordValue(ns)
}

// Take returns what was recorded since it was last called. No client may be
// at work.
func (r *Recorder) Take() *hdrhistogram.Histogram {
	all := NewHistogram()
	for _, h := range r.clients {
		all.Merge(h)
		h.Reset()
	}
	return all
}
