package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/relay"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestServerReturns kills the server again and again under a Store that stays
// open.
func TestServerReturns(t *testing.T) {
	server := testserver.NewRedis(t)
	s := opened(t, server.URL(), "app")
	must(t, s.Set(t.Context(), "id", []byte("data"), time.Hour))
	working := func() bool {
		got, err := s.Get(t.Context(), "id")
		if errors.Is(err, sessionstore.ErrNotFound) {
			t.Fatalf("Get after the server came back: got error %v for a session that is there", err)
		}
		return err == nil && string(got) == "data" && s.Set(t.Context(), "other", nil, time.Hour) == nil
	}
	before := runtime.NumGoroutine()
	const cycles = 50
	for range cycles {
		server.Kill(t)
		if _, err := s.Get(t.Context(), "id"); err == nil || errors.Is(err, sessionstore.ErrNotFound) {
			t.Fatalf("Get when the server is gone: got error %v, want one that is not ErrNotFound", err)
		}
		if err := s.Set(t.Context(), "id", []byte("never"), time.Hour); err == nil || errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Fatalf("Set when the server is gone: got error %v, want one with a known outcome", err)
		}
		server.Start(t)
		poll(t, "the store works again", working)
	}
	poll(t, "there are no more goroutines than before", func() bool { return runtime.NumGoroutine() <= before })
	raw := rawClient(t, server.URL())
	clients := func() (n int) {
		info, err := raw.InfoMap(t.Context(), "clients").Result()
		must(t, err)
		fmt.Sscan(info["Clients"]["connected_clients"], &n)
		return n
	}
	poll(t, "there are no more connections than callers", func() bool { return clients() <= 2 })
}

// TestCancelledReplies cancels thousands of calls at any moment of theirs, by
// deadline and by hand; each session's data is its id.
func TestCancelledReplies(t *testing.T) {
	server := testserver.Redis(t)
	s := opened(t, server.URL(), newPrefix(t, server.URL()))
	ids := make([]string, 16)
	for i := range ids {
		ids[i] = sessionstore.NewID()
		must(t, s.Set(t.Context(), ids[i], []byte(ids[i]), time.Hour))
	}
	var wait sync.WaitGroup
	for caller := range 8 {
		wait.Go(func() {
			for call := range 600 {
				id := ids[(caller+call)%len(ids)]
				d := time.Duration(call) * time.Microsecond
				ctx, cancel := context.WithTimeout(t.Context(), d)
				if call%2 == 0 {
					ctx, cancel = context.WithCancel(t.Context())
					time.AfterFunc(d, cancel)
				}
				got, err := s.Get(ctx, id)
				if err == nil && string(got) != id || errors.Is(err, sessionstore.ErrNotFound) {
					t.Errorf("Get: got the data of another session, or error %v", err)
				}
				if call%3 == 0 {
					s.Set(ctx, id, []byte(id), time.Hour)
				}
				cancel()
			}
		})
	}
	wait.Wait()
}

// TestRepeatedReads hangs the server under a client that would repeat a read
// in ten seconds: the pause ends with the deadline.
func TestRepeatedReads(t *testing.T) {
	r, err := relay.New(testserver.Redis(t).Addr())
	must(t, err)
	defer r.Close()
	client := goredis.NewClient(&goredis.Options{
		Addr: r.Addr(), ContextTimeoutEnabled: true, ReadTimeout: 50 * time.Millisecond,
		MaxRetries: 9, MinRetryBackoff: 10 * time.Second, MaxRetryBackoff: time.Minute,
	})
	defer client.Close()
	s := given(t, client, newPrefix(t, testserver.Redis(t).URL()))
	must(t, s.Ping(t.Context()))
	r.Hang()
	const d = 200 * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	begin := time.Now()
	_, err = s.Get(ctx, "id")
	if took := time.Since(begin); took < d || took > d+slack {
		t.Errorf("Get of a silent server returned after %v, want %v", took, d)
	}
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("Get of a silent server: got error %v, want context.DeadlineExceeded", err)
	}
}

// TestCloseEndsDials closes a Store while it negotiates TLS with a server that
// never answers.
func TestCloseEndsDials(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	s := opened(t, "rediss://"+l.Addr().String()+"?dial_timeout=1h", "app")
	errs := make(chan error, 1)
	go func() { errs <- s.Set(context.Background(), "id", nil, time.Hour) }()
	conn, err := l.Accept()
	must(t, err)
	defer conn.Close()
	must(t, s.Close())
	if err := <-errs; !errors.Is(err, sessionstore.ErrClosed) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("Set whose dial was ended by Close: got error %v, want ErrClosed and a known outcome", err)
	}
}
