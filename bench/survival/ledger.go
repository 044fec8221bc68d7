package survival

import (
	"fmt"
	"sync"
	"time"
)

// ledger knows what the clients were promised, from their notes.
type ledger struct {
	mu       sync.Mutex
	sessions map[string]*session // guarded by mu
	writes   int                 // guarded by mu; acknowledged, deletes included
	deletes  int                 // guarded by mu; acknowledged
	failed   int                 // guarded by mu; operations that ended without effect
	missed   int                 // guarded by mu; sessions that the store denied to have
	trouble  error               // guarded by mu; the first operation that did not succeed
}

func newLedger() *ledger { return &ledger{sessions: map[string]*session{}} }

// session is what is known of one session. Only one operation on it is under
// way at a time, and none after one whose outcome is unknown.
type session struct {
	version     int  // of the data that was acknowledged last; 0 before the first
	deleted     bool // acknowledged
	probe       bool // ends soon: it counts for the drift alone
	from, until time.Time
	pending     *note // a write that has begun and is not known to have ended
}

// shortTTL is where ttls of probes end.
const shortTTL = 10 * time.Minute

// apply takes a note.
func (l *ledger) apply(n note) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.sessions[n.ID]
	if s == nil {
		s = &session{}
		l.sessions[n.ID] = s
	}
	switch n.Outcome {
	case begun:
		if n.Op != look {
			s.pending = &n
		}
		return
	case done:
		s.commit(n)
		l.count(n.Op)
	case missing:
		l.missed++
	case refused:
		l.failed++
	}
	if n.Outcome != done && l.trouble == nil {
		l.trouble = fmt.Errorf("%s: %s", n.Op, n.Error)
	}
	if n.Outcome != unknown {
		s.pending = nil
	}
}

func (l *ledger) count(op operation) {
	if op != look {
		l.writes++
	}
	if op == remove {
		l.deletes++
	}
}

// commit makes an acknowledged operation the session's state. The promised
// deadline lies a ttl after some moment of a write.
func (s *session) commit(n note) {
	switch n.Op {
	case look:
		return
	case remove:
		s.deleted = true
		return
	case set:
		s.version = n.Version
		s.probe = n.TTL < shortTTL
	}
	if s.pending != nil {
		s.from, s.until = s.pending.At.Add(n.TTL), n.At.Add(n.TTL)
	}
}

// fate is what became of a session.
type fate int

const (
	open    fate = iota // nobody was promised anything, or it is a probe
	kept                // as it was acknowledged, or as a write of unknown outcome has it
	lost                // not there
	stale               // there with other data
	gone                // deleted, and not there
	revived             // deleted, and there
	ghost               // there, though the only write was refused
)

// fateOf judges what was found: a version, 0 for other data, or nothing.
func (s *session) fateOf(version int, found bool) fate {
	switch {
	case s.probe:
		return open
	case s.deleted && found:
		return revived
	case s.deleted:
		return gone
	case s.version == 0 && s.pending == nil && found:
		return ghost
	case s.version == 0, s.pending != nil && s.pending.Op == remove:
		return open
	case !found:
		return lost
	case version == s.version, s.pending != nil && s.pending.Op == set && version == s.pending.Version:
		return kept
	}
	return stale
}

// hasDeadline reports whether it is known when the session shall end.
func (s *session) hasDeadline() bool {
	return s.version > 0 && !s.deleted && s.pending == nil
}

// acknowledged returns how many writes were.
func (l *ledger) acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writes
}

// suffices reports whether enough was acknowledged to judge by.
func (l *ledger) suffices() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.deletes >= 10
}

// whole returns an error where some operation did not succeed.
func (l *ledger) whole() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trouble != nil {
		return fmt.Errorf("before anything had happened: %w", l.trouble)
	}
	return nil
}

// ids returns those of probes, or those of all other sessions.
func (l *ledger) ids(ofProbes bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for id, s := range l.sessions {
		if s.probe == ofProbes {
			ids = append(ids, id)
		}
	}
	return ids
}

// session returns what is known of a session, and false where nothing is.
func (l *ledger) session(id string) (session, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, found := l.sessions[id]
	if !found {
		return session{}, false
	}
	return *s, true
}
