package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coatcheck/sessionstore"
)

// restartClean closes the store, restarts its server where it has one, and
// looks at every session.
func restartClean(t T, h *Harness) {
	s := h.New(t)
	var l ledger
	for i := range 100 {
		if err := l.step(t, s, "clean", i); err != nil {
			t.Fatalf("writing before the restart: %v", err)
		}
	}
	d := setEnds(t, h, s)
	s = reopen(t, h, s, h.Restart)
	l.check(t, s)
	d.check(t, s)
}

// reopen closes s, does to its server what restart does, and opens it again.
func reopen(t T, h *Harness, s sessionstore.Store, restart func(T, sessionstore.Store)) sessionstore.Store {
	t.Helper()
	if err := sessionstore.Close(s); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if restart != nil {
		restart(t, s)
	}
	return h.Reopen(t, s)
}

// restartAppKilled kills a process that writes sessions.
func restartAppKilled(t T, h *Harness) {
	s := h.New(t)
	if err := sessionstore.Close(s); err != nil {
		t.Fatalf("Close: %v", err)
	}
	child, kill := startChild(t, h.Child(t, s))
	var l ledger
	d := setEnds(t, h, child)
	l.load(t, child, kill)
	s = h.Reopen(t, s)
	l.check(t, s)
	d.check(t, s)
}

// restartServerKilled kills the server under load.
func restartServerKilled(t T, h *Harness) {
	s := h.New(t)
	var l ledger
	d := setEnds(t, h, s)
	l.load(t, s, func() { h.Kill(t, s) })
	s = reopen(t, h, s, nil)
	l.check(t, s)
	d.check(t, s)
}

// restartTime is how long a store may take from its last write before a restart
// to its first answer after it, so that what the restart did to deadlines is
// seen. One that takes longer is not judged as strictly.
var restartTime = 2 * time.Second

// ends are sessions that a restart must not let live longer, or shorter,
// than their last write said.
type ends struct {
	short     string
	shortened string // by a Touch
	extended  string // by a Touch; its first deadline is past at the end
	end       time.Time
}

func setEnds(t T, h *Harness, s sessionstore.Store) ends {
	t.Helper()
	d := ends{short: sessionstore.NewID(), shortened: sessionstore.NewID(), extended: sessionstore.NewID()}
	ttl := shortTTL(h) + restartTime
	mustSet(t, s, d.short, []byte("short"), ttl)
	mustSet(t, s, d.shortened, []byte("shortened"), long)
	mustTouch(t, s, d.shortened, ttl)
	d.end = time.Now().Add(ttl + h.TTLSlack)
	mustSet(t, s, d.extended, []byte("extended"), shortTTL(h))
	mustTouch(t, s, d.extended, long)
	return d
}

// check waits until the short ones have ended, unless a session is lost anyway.
func (d ends) check(t T, s sessionstore.Store) {
	t.Helper()
	if _, err := s.Get(within(t, opTimeout), d.extended); err == nil {
		time.Sleep(time.Until(d.end))
	}
	wantMiss(t, s, d.short, "a session whose deadline, set before the restart, has passed")
	wantMiss(t, s, d.shortened, "a session whose deadline, brought forward before the restart, has passed")
	wantData(t, s, d.extended, []byte("extended"), "a session that was touched before the restart")
}

// ledger knows which writes were acknowledged. A write that was not may have
// happened or not: the ledger knows nothing of its session.
type ledger struct {
	mu      sync.Mutex
	stored  map[string][]byte   // guarded by mu
	deleted map[string]struct{} // guarded by mu
}

// step stores a session. Every third one replaces other data, which must not
// come back, and after every third the one before is deleted.
func (l *ledger) step(t T, s sessionstore.Store, user string, i int) error {
	id := fmt.Sprintf("%s.%d", user, i)
	data := pattern(id, 100+i%1000)
	if i%3 == 0 {
		if err := s.Set(within(t, opTimeout), id, data[:50], long); err != nil {
			return err
		}
	}
	if err := s.Set(within(t, opTimeout), id, data, long); err != nil {
		return err
	}
	l.mu.Lock()
	if l.stored == nil {
		l.stored, l.deleted = make(map[string][]byte), make(map[string]struct{})
	}
	l.stored[id] = data
	l.mu.Unlock()
	if i%3 != 2 {
		return nil
	}
	id = fmt.Sprintf("%s.%d", user, i-1)
	l.mu.Lock()
	delete(l.stored, id)
	l.mu.Unlock()
	if err := s.Delete(within(t, opTimeout), id); err != nil {
		return err
	}
	l.mu.Lock()
	l.deleted[id] = struct{}{}
	l.mu.Unlock()
	return nil
}

// load writes sessions from several goroutines, calls kill in the midst of it,
// and returns when all writing has ended.
func (l *ledger) load(t T, s sessionstore.Store, kill func()) {
	t.Helper()
	const (
		writers = 8
		enough  = 200
	)
	var (
		steps   atomic.Int64
		stopped atomic.Bool
		wait    sync.WaitGroup
	)
	for w := range writers {
		wait.Go(func() {
			for i := 0; !stopped.Load() && l.step(t, s, fmt.Sprintf("writer%d", w), i) == nil; i++ {
				steps.Add(1)
			}
		})
	}
	for begin := time.Now(); steps.Load() < enough && time.Since(begin) < patience; {
		time.Sleep(time.Millisecond)
	}
	if steps.Load() < enough {
		t.Errorf("only %d writes were acknowledged in %v", steps.Load(), patience)
	}
	kill()
	stopped.Store(true)
	wait.Wait()
}

// check counts what was lost and what came back.
func (l *ledger) check(t T, s sessionstore.Store) {
	t.Helper()
	var lost, revived int
	for id, want := range l.stored {
		got, err := s.Get(within(t, opTimeout), id)
		if err != nil || string(got) != string(want) {
			lost++
		}
	}
	for id := range l.deleted {
		if _, err := s.Get(within(t, opTimeout), id); err == nil {
			revived++
		}
	}
	t.Logf("%d acknowledged sessions, %d lost; %d acknowledged deletes, %d came back",
		len(l.stored), lost, len(l.deleted), revived)
	if lost > 0 {
		t.Errorf("%d of %d acknowledged sessions are lost", lost, len(l.stored))
	}
	if revived > 0 {
		t.Errorf("%d of %d acknowledged deletes came back", revived, len(l.deleted))
	}
	if len(l.stored) == 0 || len(l.deleted) == 0 {
		t.Errorf("the ledger is empty: nothing was proven")
	}
}
