package figures

import (
	"math"
	"slices"
)

// Restart says what was still there after an event, which may have happened
// several times: N, with the counts of all together, the furthest drift and the
// longest recovery.
type Restart struct {
	N     int
	Event string // reopen, stop-server, kill-server, kill-application, cut-network
	Target
	Peer string // somebody else's package, "" for ours

	// Acked sessions were acknowledged and not deleted; of these, Kept were
	// there with their newest data, and Lost were not.
	Acked, Kept, Lost int

	// Deleted sessions were deleted, and that was acknowledged; of these,
	// Revived were back.
	Deleted, Revived int

	// DriftNs is by how much a session ended later than promised, or earlier
	// where it is negative: the largest that was seen, in nanoseconds.
	DriftNs float64

	// RecoveryNs is the time from the start to the first correct Get.
	RecoveryNs float64

	// FsyncsPerWrite counts how often the server, or the process with the
	// file, told the disk to write, for each acknowledged write.
	FsyncsPerWrite float64
}

func (s Restart) row() *row {
	r := newRow("Restart", s.N, "event", s.Event, "backend", s.Backend, "durability", s.Durability, "peer", s.Peer)
	r.add(float64(s.Acked), "acked")
	r.add(float64(s.Kept), "kept")
	r.add(float64(s.Lost), "lost")
	r.add(float64(s.Deleted), "deleted")
	r.add(float64(s.Revived), "revived")
	r.add(s.DriftNs, "drift-ns")
	r.add(s.RecoveryNs, "recovery-ns")
	r.add(rounded(s.FsyncsPerWrite), "fsyncs/write")
	return r
}

func (r *row) restart() Restart {
	return Restart{
		N: r.n, Event: r.key("event"), Target: r.target(), Peer: r.key("peer"),
		Acked: r.count("acked"), Kept: r.count("kept"), Lost: r.count("lost"),
		Deleted: r.count("deleted"), Revived: r.count("revived"),
		DriftNs: r.value("drift-ns"), RecoveryNs: r.value("recovery-ns"), FsyncsPerWrite: r.value("fsyncs/write"),
	}
}

// AddRestart adds what an event left, to what it left before on the same target
// where there is that.
func (r *Run) AddRestart(s Restart) {
	i := slices.IndexFunc(r.Restarts, func(o Restart) bool {
		return o.Event == s.Event && o.Target == s.Target && o.Peer == s.Peer
	})
	if i < 0 {
		r.Restarts = append(r.Restarts, s)
		return
	}
	r.Restarts[i].add(s)
}

func (s *Restart) add(more Restart) {
	s.N = max(s.N, 1) + max(more.N, 1)
	s.Acked += more.Acked
	s.Kept += more.Kept
	s.Lost += more.Lost
	s.Deleted += more.Deleted
	s.Revived += more.Revived
	s.DriftNs = Further(s.DriftNs, more.DriftNs)
	s.RecoveryNs = Further(s.RecoveryNs, more.RecoveryNs)
	if math.IsNaN(s.FsyncsPerWrite) {
		s.FsyncsPerWrite = more.FsyncsPerWrite
	}
}

// Further returns the value that is further from 0, which NaN never is.
func Further(a, b float64) float64 {
	if math.IsNaN(a) || math.Abs(b) > math.Abs(a) {
		return b
	}
	return a
}

// Restart returns what one event left of ours, and false where the run has not
// tried it.
func (r *Run) Restart(event string, t Target) (Restart, bool) {
	for _, s := range r.Restarts {
		if s.Event == event && s.Target == t && s.Peer == "" {
			return s, true
		}
	}
	return Restart{}, false
}
