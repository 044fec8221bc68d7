package figures

// Restart says what was still there after one event.
type Restart struct {
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
	r := newRow("Restart", 1, "event", s.Event, "backend", s.Backend, "durability", s.Durability, "peer", s.Peer)
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
		Event: r.key("event"), Target: r.target(), Peer: r.key("peer"),
		Acked: r.count("acked"), Kept: r.count("kept"), Lost: r.count("lost"),
		Deleted: r.count("deleted"), Revived: r.count("revived"),
		DriftNs: r.value("drift-ns"), RecoveryNs: r.value("recovery-ns"), FsyncsPerWrite: r.value("fsyncs/write"),
	}
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
