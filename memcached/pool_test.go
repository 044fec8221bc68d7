package memcached

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

func TestMaxConns(t *testing.T) {
	f := newFake(t, func(string) string { time.Sleep(time.Millisecond); return "END\r\n" })
	for _, most := range []int{1, 2, 5} {
		s := newStore(t, Options{MaxConns: most, Timeout: 10 * time.Second}, f.addr())
		_, before := f.count("")
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				for range 5 {
					_, err := s.Get(t.Context(), "id")
					wantErrors(t, "Get", err, sessionstore.ErrNotFound)
				}
			})
		}
		wait.Wait()
		if _, conns := f.count(""); conns-before > most {
			t.Errorf("MaxConns %d: got %d connections", most, conns-before)
		}
	}
}

// TestIdleTimeout lets connections grow old. The youngest is used, so that the
// others do.
func TestIdleTimeout(t *testing.T) {
	f := newFake(t, func(string) string { return "END\r\n" })
	const old = 40 * time.Millisecond
	for _, c := range []struct {
		timeout time.Duration
		idle    int // connections left
		dialled int
	}{{old, 1, 1}, {-1, 4, 0}} {
		_, before := f.count("")
		s := newStore(t, Options{IdleTimeout: c.timeout}, f.addr())
		crowd(t, s, 4)
		for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if _, conns := f.count(""); conns == before+4 {
				break
			}
		}
		time.Sleep(old + 5*time.Millisecond)
		s.Get(t.Context(), "id")
		_, after := f.count("")
		n := s.nodes[0]
		if len(n.idle) != c.idle || len(n.live) != c.idle || after-before-4 != c.dialled {
			t.Errorf("IdleTimeout %v: got %d idle, %d live, %d new connections, want %d, %d, %d",
				c.timeout, len(n.idle), len(n.live), after-before-4, c.idle, c.idle, c.dialled)
		}
	}
}

func TestMostRecentlyUsedFirst(t *testing.T) {
	f := newFake(t, func(string) string { return "END\r\n" })
	s := newStore(t, Options{}, f.addr())
	crowd(t, s, 3)
	last := s.nodes[0].idle[2]
	for range 3 {
		s.Get(t.Context(), "id")
		if got := s.nodes[0].idle[2]; got != last {
			t.Fatal("another connection was used than the one that was used last")
		}
	}
}

// TestCloseWaits lets a call under way finish.
func TestCloseWaits(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	f := newFake(t, func(string) string {
		close(asked)
		<-answer
		return "STORED\r\n"
	})
	s := newStore(t, Options{Timeout: 10 * time.Second}, f.addr())
	stored := make(chan error, 1)
	go func() { stored <- s.Set(t.Context(), "id", nil, time.Hour) }()
	<-asked
	closed := make(chan struct{})
	go func() { s.Close(); close(closed) }()
	for !s.life.closed() {
		time.Sleep(time.Millisecond)
	}
	for _, op := range operations {
		wantErrors(t, op.name+" after Close was called", op.call(t.Context(), s, "id"), sessionstore.ErrClosed)
	}
	select {
	case <-closed:
		t.Error("Close returned before the call under way")
	default:
	}
	close(answer)
	if err := <-stored; err != nil {
		t.Errorf("Set under way when Close was called: %v", err)
	}
	<-closed
}

// TestCloseCuts ends calls that would wait for a server for an hour, on a
// connection and for one.
func TestCloseCuts(t *testing.T) {
	before := runtime.NumGoroutine()
	hole := newBlackHole(t)
	s := newStore(t, Options{Timeout: 50 * time.Millisecond, MaxConns: len(operations)}, hole.addr())
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	var wait sync.WaitGroup
	for _, op := range operations {
		wait.Go(func() {
			err := op.call(ctx, s, "id")
			wantErrors(t, op.name, err, sessionstore.ErrClosed)
			if got := errors.Is(err, sessionstore.ErrUnknownOutcome); got != op.unknown() {
				t.Errorf("%s: got error %v, which matches ErrUnknownOutcome: %v, want %v", op.name, err, got, op.unknown())
			}
		})
	}
	for busy := 0; busy < len(operations); time.Sleep(time.Millisecond) {
		hole.mu.Lock()
		busy = len(hole.commands)
		hole.mu.Unlock()
	}
	wait.Go(func() {
		wantErrors(t, "Get that waits for a connection", operations[0].call(ctx, s, "id"), sessionstore.ErrClosed)
	})
	begin := time.Now()
	for range 3 {
		wait.Go(func() {
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if took := time.Since(begin); took > slack {
				t.Errorf("Close took %v", took)
			}
		})
	}
	wait.Wait()
	hole.listener.Close()
	hole.closeConns()
	settledGoroutines(t, before)
}
