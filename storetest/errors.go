package storetest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/relay"
)

// errorNotAMiss asks for a session that is there, and for one that is not, in
// every way in which the store cannot know.
func errorNotAMiss(t T, h *Harness) {
	id := sessionstore.NewID()
	if h.Via != nil {
		notAMissOutage(t, h, id)
	}
	s := h.New(t)
	ops := supported(t, s)
	mustSet(t, s, id, []byte("x"), long)
	if h.Corrupt != nil {
		h.Corrupt(t, s, id)
		_, err := s.Get(within(t, opTimeout), id)
		wantError(t, err, sessionstore.ErrCorrupt, "Get of an unreadable record")
		wantFailure(t, err, "Get of an unreadable record")
		mustSet(t, s, id, []byte("x"), long)
		wantData(t, s, id, []byte("x"), "after a Set over an unreadable record")
	}
	if err := sessionstore.Close(s); errors.Is(err, errors.ErrUnsupported) {
		return
	}
	for _, op := range ops {
		wantFailure(t, op.call(within(t, opTimeout), s, id), op.name+" on a closed store")
	}
}

func notAMissOutage(t T, h *Harness, id string) {
	s, r := relayed(t, h)
	mustSet(t, s, id, []byte("x"), long)
	ops := supported(t, s)
	r.Cut()
	for _, op := range ops {
		wantFailure(t, op.call(within(t, opTimeout), s, id), op.name+" when the server is gone")
		wantFailure(t, op.call(within(t, opTimeout), s, id), op.name+" when the server stays away")
	}
	refused := h.Via(t, h.New(t), refusedAddr(t))
	for _, op := range ops {
		err := op.call(within(t, opTimeout), refused, id)
		wantFailure(t, err, op.name+" when the connection is refused")
		if errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("%s when the connection is refused: got %v, but nothing was sent: the outcome is known", op.name, err)
		}
	}
	r.Pass()
	r.Hang()
	for _, op := range ops {
		wantFailure(t, op.call(within(t, 100*time.Millisecond), s, id), op.name+" when the server hangs")
	}
}

// wantFailure fails unless err is an error that says nothing about the
// session.
func wantFailure(t T, err error, when string) {
	t.Helper()
	for _, claim := range []error{nil, sessionstore.ErrNotFound, sessionstore.ErrExists, sessionstore.ErrConflict} {
		if errors.Is(err, claim) {
			t.Errorf("%s: got error %v, want one that says nothing about the session", when, err)
		}
	}
}

// refusedAddr returns an address of this machine where nothing listens.
func refusedAddr(t T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("finding a free port: %v", err)
	}
	defer l.Close()
	return l.Addr().String()
}

// errorUnknownOutcome loses each reply of each write in turn. Before the
// client learns of it the opposite write is done, and must stand: the first is
// not sent again.
func errorUnknownOutcome(t T, h *Harness) {
	for _, op := range supported(t, h.New(t)) {
		if op.write {
			loseReplies(t, h, op)
		}
	}
}

// loseReplies loses the first reply to op, then, another time, the second, and
// so on until op needs no more of them.
func loseReplies(t T, h *Harness, op operation) {
	const most = 12
	var unknown bool
	for n := range most {
		var lost bool
		scope(t, func(t T) {
			var err error
			lost, err = loseReply(t, h, op, n)
			unknown = unknown || errors.Is(err, sessionstore.ErrUnknownOutcome)
		})
		if !lost {
			break
		}
	}
	if !unknown {
		t.Errorf("%s: no lost reply made its outcome unknown", op.name)
	}
}

// loseReply loses reply n of op, from 0, and reports whether there was one.
func loseReply(t T, h *Harness, op operation, n int) (lost bool, err error) {
	direct, via, r := relayedAndDirect(t, h)
	warm(t, via)
	id := sessionstore.NewID()
	op.prepare(t, direct, id)
	done, happened := make(chan struct{}), false
	r.LoseReplyAfter(n, func() {
		defer close(done)
		happened = op.done == nil && n == 0 || op.done != nil && op.done(t, direct, id)
		opposite(t, direct, op, id)
	})
	err = op.call(within(t, opTimeout), via, id)
	select {
	case <-done:
	default:
		return false, nil
	}
	when := fmt.Sprintf("%s whose reply %d was lost", op.name, n)
	if happened && op.name != "RotateSwap" { // which may find out, and clean up
		wantError(t, err, sessionstore.ErrUnknownOutcome, when)
	}
	for _, claim := range []error{sessionstore.ErrNotFound, sessionstore.ErrExists, sessionstore.ErrConflict} {
		if errors.Is(err, sessionstore.ErrUnknownOutcome) && errors.Is(err, claim) {
			t.Errorf("%s: got %v, which claims to know", when, err)
		}
	}
	if op.name == "Delete" {
		wantData(t, direct, id, []byte("after"), "after a Set that followed a "+when)
		return true, err
	}
	wantMiss(t, direct, id, "after a Delete that followed a "+when)
	wantMiss(t, direct, successor(id), "after a Delete that followed a "+when)
	return true, err
}

// opposite undoes op, as another client would.
func opposite(t T, s sessionstore.Store, op operation, id string) {
	var err error
	if op.name == "Delete" {
		err = s.Set(within(t, opTimeout), id, []byte("after"), long)
	} else {
		err = errors.Join(s.Delete(within(t, opTimeout), id), s.Delete(within(t, opTimeout), successor(id)))
	}
	if err != nil {
		t.Errorf("undoing a %s: %v", op.name, err)
	}
}

// errorRecovers cuts the network many times under a store that stays open.
func errorRecovers(t T, h *Harness) {
	s, r := relayed(t, h)
	id := sessionstore.NewID()
	mustSet(t, s, id, []byte("x"), long)
	outage(t, s, r, id)
	files, goroutines := openFiles(r), runtime.NumGoroutine()
	const outages = 50
	for range outages {
		outage(t, s, r, id)
	}
	const spare = 5 // connections that are being opened or closed: three ends each, and six goroutines
	settled(t, "connections", files+3*spare, func() int { return openFiles(r) })
	settled(t, "goroutines", goroutines+6*spare, runtime.NumGoroutine)
}

// openFiles counts what the process has open, broken connections that nobody
// closed included. Where the system does not tell, it counts the relay's.
func openFiles(r *relay.Relay) int {
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		return len(files)
	}
	return r.Conns()
}

func outage(t T, s sessionstore.Store, r *relay.Relay, id string) {
	r.Cut()
	_, err := s.Get(within(t, opTimeout), id)
	wantFailure(t, err, "Get during an outage")
	r.Pass()
	warm(t, s)
	wantData(t, s, id, []byte("x"), "after an outage")
}

// settled waits until count is at most most. The collection takes real time,
// which a sleep on a fake clock does not: what has yet to end may be no part of
// the rule.
func settled(t T, what string, most int, count func() int) {
	t.Helper()
	n := count()
	for begin := time.Now(); n > most && time.Since(begin) < patience; n = count() {
		time.Sleep(10 * time.Millisecond)
		runtime.GC()
	}
	if n > most {
		t.Errorf("%s: got %d, want at most %d", what, n, most)
	}
}
