package memcached

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestBlackHole meets a server that accepts and never answers, in the three
// ways in which a call may be bounded.
func TestBlackHole(t *testing.T) {
	const d = 60 * time.Millisecond
	bounds := []struct {
		name string
		want error
		ctx  func(t *testing.T) context.Context
	}{
		{"deadline", context.DeadlineExceeded, func(t *testing.T) context.Context {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			t.Cleanup(cancel)
			return ctx
		}},
		{"cancel", context.Canceled, func(t *testing.T) context.Context {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(d, cancel)
			return ctx
		}},
		{"Options.Timeout", context.DeadlineExceeded, (*testing.T).Context},
	}
	hole := newBlackHole(t)
	for _, bound := range bounds {
		for _, op := range operations {
			t.Run(bound.name+"/"+op.name, func(t *testing.T) {
				opts := Options{Timeout: 10 * time.Second}
				if bound.name == "Options.Timeout" {
					opts.Timeout = d
				}
				s := newStore(t, opts, hole.addr())
				begin := time.Now()
				err := op.call(bound.ctx(t), s, "some-id")
				if took := time.Since(begin); took < d || took > d+slack {
					t.Errorf("returned after %v, want %v", took, d)
				}
				wantErrors(t, op.name, err, bound.want)
				if got := errors.Is(err, sessionstore.ErrUnknownOutcome); got != op.unknown() {
					t.Errorf("got error %v, which matches ErrUnknownOutcome: %v, want %v", err, got, op.unknown())
				}
				wantSecret(t, err, "some-id", "secret data")
			})
		}
	}
}

// TestDeafServer meets a server that does not even read, so that most of the
// request is still here when the deadline comes.
func TestDeafServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // and nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newStore(t, Options{}, l.Addr().String())
	data := pattern("x", sessionstore.MaxDataBytes)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = s.Set(ctx, "x", data, time.Hour)
	wantErrors(t, "Set", err, context.DeadlineExceeded, sessionstore.ErrUnknownOutcome)
}

// TestWaitForConnection has one connection, which hangs.
func TestWaitForConnection(t *testing.T) {
	hole := newBlackHole(t)
	s := newStore(t, Options{MaxConns: 1, Timeout: 10 * time.Second}, hole.addr())
	busy, release := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { s.Get(busy, "busy") })
	defer wait.Wait()
	defer release()
	for n, _ := hole.count("gets"); n == 0; n, _ = hole.count("gets") {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	err := s.Set(ctx, "waits", nil, time.Hour)
	wantErrors(t, "Set", err, context.DeadlineExceeded)
	wantNot(t, "Set that never had a connection", err, sessionstore.ErrUnknownOutcome)
	if want := "all 1 connections are in use"; !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("got error %v, want one that says %q", err, want)
	}
	if n, conns := hole.count("set"); n != 0 || conns != 1 {
		t.Errorf("the server saw %d sets on %d connections, want 0 on 1", n, conns)
	}
}

// TestCancelledCalls cancels thousands of calls at any moment of theirs, on
// few connections, with replies that come in one piece and in many.
func TestCancelledCalls(t *testing.T) {
	server := testserver.NewMemcached(t)
	before := runtime.NumGoroutine()
	s := newStore(t, Options{MaxConns: 4}, server.Addr())
	var ids []string
	for i := range 12 {
		id := fmt.Sprintf("session-%d", i)
		ids = append(ids, id)
		mustSet(t, s, id, pattern(id, size(i)))
	}
	const enough = 4000
	var cancelled atomic.Int64
	var wait sync.WaitGroup
	begin := time.Now()
	r := seed(t)
	for range 8 {
		r := rand.New(rand.NewPCG(r.Uint64(), 0))
		wait.Go(func() {
			for cancelled.Load() < enough && time.Since(begin) < 30*time.Second {
				ctx, cancel := context.WithCancel(t.Context())
				timer := time.AfterFunc(time.Duration(r.IntN(500))*time.Microsecond, cancel)
				i := r.IntN(len(ids))
				err := oneCall(ctx, s, ids[i], size(i), r.IntN(4))
				if errors.Is(err, context.Canceled) {
					cancelled.Add(1)
				} else if err != nil {
					t.Error(err)
				}
				timer.Stop()
				cancel()
			}
		})
	}
	wait.Wait()
	if got := cancelled.Load(); got < enough {
		t.Errorf("got %d cancelled calls, want %d: the test proves too little", got, enough)
	}
	for i, id := range ids {
		wantData(t, s, id, pattern(id, size(i)))
	}
	settled(t, "the server's connections", 4, func() int { return serverConns(t, server.Addr()) })
	s.Close()
	settled(t, "the server's connections after Close", 0, func() int { return serverConns(t, server.Addr()) })
	settledGoroutines(t, before)
}

func size(i int) int { return []int{0, 200, 70_000}[i%3] }

// oneCall does one of four things to a session, none of which changes it.
func oneCall(ctx context.Context, s *Store, id string, size, which int) error {
	switch which {
	case 0:
		return s.Set(ctx, id, pattern(id, size), time.Hour)
	case 1:
		return s.Touch(ctx, id, time.Hour)
	}
	got, err := s.Get(ctx, id)
	if err == nil && !bytes.Equal(got, pattern(id, size)) {
		return fmt.Errorf("Get of %s returned the data of another session: %.30q", id, got)
	}
	return err
}

// TestOldDeadline uses a connection again whose last call had a deadline that
// has passed since, and one whose context was cancelled after it.
func TestOldDeadline(t *testing.T) {
	f := newFake(t, func(string) string { return "END\r\n" })
	s := newStore(t, Options{}, f.addr())
	get := func(ctx context.Context) {
		t.Helper()
		_, err := s.Get(ctx, "id")
		wantErrors(t, "Get", err, sessionstore.ErrNotFound)
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	get(short)
	<-short.Done()
	get(t.Context())
	cancelled, cancel := context.WithCancel(t.Context())
	get(cancelled)
	cancel()
	get(t.Context())
	if gets, conns := f.count("gets"); gets != 4 || conns != 1 {
		t.Errorf("got %d requests on %d connections, want 4 on 1", gets, conns)
	}
}
