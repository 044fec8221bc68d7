package survival

import (
	"fmt"
	"iter"
	"math"
	"strconv"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Result is what one event left. A float that was not measured is NaN, never
// 0: the drift where nothing was kept that tells, the fsyncs where nobody
// asked or FsyncsNote says why not.
type Result struct {
	figures.Restart

	// Settings are what the server, or the file, said of itself.
	Settings target.Settings

	// Stale is how many of the lost sessions were there with other data than
	// was acknowledged last: an older state came back.
	Stale int

	// Unknown is how many operations ended without the client knowing whether
	// they took effect, or were under way when it was killed. They are
	// neither kept nor lost.
	Unknown int

	// Failed is how many operations ended with an error that said that they
	// had no effect, as during an outage. Ghosts is how many sessions were
	// there all the same.
	Failed, Ghosts int

	// Missed is how often the store said "not found" of a session, or showed
	// other data, that it had a moment later or should have had: an outage
	// told as a miss.
	Missed int

	// WritesPerSecond were acknowledged while the clients wrote before the
	// event; Setup.Rate bounds it.
	WritesPerSecond float64

	// FsyncsNote says why FsyncsPerWrite was not measured.
	FsyncsNote string
}

func newResult(s Setup) Result {
	c := s.Target.Config
	return Result{Restart: figures.Restart{
		N: 1, Event: string(s.Event), Target: figures.Target{Backend: c.Backend, Durability: c.Durability}, Peer: s.Peer,
		DriftNs: math.NaN(), RecoveryNs: math.NaN(), FsyncsPerWrite: math.NaN(),
	}}
}

// String tells the result in one line, with the drift and the recovery in
// words.
func (r Result) String() string {
	return fmt.Sprintf("%d of %d sessions kept, %d lost (%d with older data); %d of %d deletes came back; deadlines off by %s; "+
		"answered after %s; %s fsyncs a write; %.0f writes/s; %d unknown, %d failed, %d missed",
		r.Kept, r.Acked, r.Lost, r.Stale, r.Revived, r.Deleted, span(r.DriftNs), span(r.RecoveryNs),
		number(r.FsyncsPerWrite), r.WritesPerSecond, r.Unknown, r.Failed, r.Missed)
}

// span returns nanoseconds in words.
func span(ns float64) string {
	if math.IsNaN(ns) {
		return "an unknown time"
	}
	return time.Duration(ns).Round(10 * time.Microsecond).String()
}

func number(v float64) string {
	if math.IsNaN(v) {
		return "unknown"
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// Metrics yields what was measured, by the units of the results file. Those
// after fsyncs/write are no part of it.
func (r Result) Metrics() iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for _, m := range []struct {
			unit  string
			value float64
		}{
			{"acked", float64(r.Acked)}, {"kept", float64(r.Kept)}, {"lost", float64(r.Lost)},
			{"deleted", float64(r.Deleted)}, {"revived", float64(r.Revived)},
			{"drift-ns", r.DriftNs}, {"recovery-ns", r.RecoveryNs}, {"fsyncs/write", r.FsyncsPerWrite},
			{"stale", float64(r.Stale)}, {"unknown", float64(r.Unknown)}, {"writes/s", r.WritesPerSecond},
		} {
			if !math.IsNaN(m.value) && !yield(m.unit, m.value) {
				return
			}
		}
	}
}
