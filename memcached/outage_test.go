package memcached

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestServerReturns stops and starts the server 50 times under a store that
// stays open, with several connections.
func TestServerReturns(t *testing.T) {
	server := testserver.NewMemcached(t)
	s := newStore(t, Options{}, server.Addr())
	const calls = 8
	var goroutines int
	for cycle := range 50 {
		server.Kill(t)
		for _, op := range operations {
			err := op.call(t.Context(), s, "id")
			if err == nil || errors.Is(err, sessionstore.ErrNotFound) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
				t.Fatalf("cycle %d: %s when the server is gone: got error %v, want one that says it was not sent", cycle, op.name, err)
			}
		}
		server.Start(t)
		var wait sync.WaitGroup
		for i := range calls {
			wait.Go(func() {
				id := fmt.Sprint("id", i)
				if err := s.Set(t.Context(), id, []byte(id), time.Hour); err != nil {
					t.Errorf("cycle %d: Set: %v", cycle, err)
				}
				wantData(t, s, id, []byte(id))
			})
		}
		wait.Wait()
		if n := serverConns(t, server.Addr()); n > calls {
			t.Fatalf("cycle %d: the server has %d connections, want %d at most", cycle, n, calls)
		}
		if cycle == 0 {
			goroutines = runtime.NumGoroutine()
		}
	}
	settledGoroutines(t, goroutines)
}

// TestRestartBetweenCalls leaves idle connections that the server has closed.
// No call may notice, neither a read nor a write.
func TestRestartBetweenCalls(t *testing.T) {
	server := testserver.NewMemcached(t)
	s := newStore(t, Options{}, server.Addr())
	for _, end := range []func(testserver.Fataler){server.Stop, server.Kill} {
		for _, op := range operations {
			crowd(t, s, 6)
			end(t)
			server.Start(t)
			if err := op.call(t.Context(), s, "id"); err != nil && !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("%s after a restart: %v", op.name, err)
			}
		}
	}
}

// crowd leaves n idle connections to the store's first server.
func crowd(t *testing.T, s *Store, n int) {
	t.Helper()
	var held []*slot
	for range n {
		sl, err := s.nodes[0].connected(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, sl)
	}
	for _, sl := range held {
		s.nodes[0].release(sl)
	}
}

// TestDeadNode has three servers, one of which is gone: its sessions are errors,
// and never looked for elsewhere.
func TestDeadNode(t *testing.T) {
	first, second := testserver.NewMemcached(t), testserver.NewMemcached(t)
	third := testserver.NewMemcached(t)
	s := newStore(t, Options{MaxConns: 2, Timeout: 200 * time.Millisecond}, first.Addr(), second.Addr(), third.Addr())
	ids := []string{idOn(s, 0), idOn(s, 1), idOn(s, 2)}
	for _, id := range ids {
		mustSet(t, s, id, []byte(id))
	}
	second.Kill(t)
	for i, id := range ids {
		for _, op := range operations {
			err := op.call(t.Context(), s, id)
			switch {
			case op.name == "Ping" || i == 1:
				if err == nil || errors.Is(err, sessionstore.ErrNotFound) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
					t.Errorf("%s on server %d of a dead one: got error %v", op.name, i, err)
				}
			case err != nil:
				t.Errorf("%s on server %d, which is alive: %v", op.name, i, err)
			}
		}
	}
	for i, addr := range []string{first.Addr(), third.Addr()} {
		other := newStore(t, Options{Prefix: s.prefix}, addr)
		if _, err := other.Get(t.Context(), ids[1]); !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("the dead server's session on live server %d: got error %v, want ErrNotFound", i, err)
		}
	}
}

// TestHangingNode takes all connections to one server, which hangs, and still
// reaches the other.
func TestHangingNode(t *testing.T) {
	hole, live := newBlackHole(t), testserver.Memcached(t)
	s := newStore(t, Options{MaxConns: 2}, hole.addr(), live.Addr())
	hung, ok := idOn(s, 0), idOn(s, 1)
	var wait sync.WaitGroup
	for range 5 {
		wait.Go(func() { s.Get(t.Context(), hung) })
	}
	begin := time.Now()
	mustSet(t, s, ok, []byte(ok))
	wantData(t, s, ok, []byte(ok))
	if took := time.Since(begin); took > slack {
		t.Errorf("the live server's calls took %v", took)
	}
	wait.Wait()
}
