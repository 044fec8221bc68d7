package redis

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestServerErrors lets a server answer each request with an error that quotes
// it, and wants the code alone, and a known outcome where there is a code.
func TestServerErrors(t *testing.T) {
	const id, data = "the-secret-id", "the-secret-data"
	quote := " for 'session:" + id + "' '" + data + "'"
	for _, test := range []struct {
		answer, want string
		unknown      bool // a write may have been carried out
		is           error
	}{
		{answer: "ERR unknown command 'set'", want: "ERR"},
		{answer: "LOADING Redis is loading the dataset in memory", want: "LOADING"},
		{answer: "READONLY You can't write against a read only replica.", want: "master"},
		{answer: "MASTERDOWN Link with MASTER is down", want: "MASTERDOWN"},
		{answer: "MOVED 1 127.0.0.1:1", want: "ClusterClient"},
		{answer: "CLUSTERDOWN Hash slot not served", want: "CLUSTERDOWN"},
		{answer: "TRYAGAIN Multiple keys request during rehashing of slot", want: "TRYAGAIN"},
		{answer: "MISCONF Redis is configured to save RDB snapshots", want: "MISCONF"},
		{answer: "NOPERM this user has no permissions", want: "NOPERM"},
		{answer: "NOAUTH Authentication required.", want: "NOAUTH"},
		{answer: "BUSY Redis is busy running a script.", want: "BUSY"},
		{answer: "WRONGTYPE Operation against a key", want: "WRONGTYPE", is: sessionstore.ErrCorrupt},
		{answer: "OOM command not allowed when used memory > 'maxmemory'.", want: "OOM", is: sessionstore.ErrFull},
		{answer: "upstream failure", want: "withheld", unknown: true},
	} {
		client := goredis.NewClient(&goredis.Options{
			Addr: answering(t, test.answer+quote), ContextTimeoutEnabled: true, MaxRetries: -1,
		})
		s := given(t, client, "session")
		_, err := s.Get(t.Context(), id)
		check := func(name string, err error, unknown bool) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("%s answered with %q: got error %v, want one with %q", name, test.answer, err, test.want)
				return
			}
			if strings.Contains(err.Error(), id) || strings.Contains(err.Error(), data) {
				t.Errorf("%s answered with %q: got error %v, which shows what is secret", name, test.answer, err)
			}
			if got := errors.Is(err, sessionstore.ErrUnknownOutcome); got != unknown {
				t.Errorf("%s answered with %q: got ErrUnknownOutcome %v, want %v", name, test.answer, got, unknown)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%s answered with %q: got error %v, want %v", name, test.answer, err, test.is)
			}
		}
		check("Get", err, false)
		check("Set", s.Set(t.Context(), id, []byte(data), time.Hour), test.unknown)
		check("Touch", s.Touch(t.Context(), id, time.Hour), test.unknown)
		check("Delete", s.Delete(t.Context(), id), test.unknown)
		check("Create", s.Create(t.Context(), id, []byte(data), time.Hour), test.unknown)
		check("Replace", s.Replace(t.Context(), id, []byte(data), time.Hour), test.unknown)
		check("CompareAndSwap", s.CompareAndSwap(t.Context(), id, []byte(data), []byte(data), time.Hour), test.unknown)
		check("RotateSwap", s.RotateSwap(t.Context(), id, id+"2", []byte(data), nil, time.Hour), test.unknown)
		_, err = s.GetAndTouch(t.Context(), id, time.Hour)
		check("GetAndTouch", err, test.unknown)
		check("Clear", s.Clear(t.Context()), false)
		for _, err = range s.All(t.Context()) {
			check("All", err, false)
		}
		client.Close()
	}
}

// answering returns the address of a server that lets clients sign in and
// answers their other requests with an error.
func answering(t *testing.T, text string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go answer(conn, text)
		}
	}()
	return l.Addr().String()
}

// answer serves one connection until the client closes it. Requests of ours
// name their command in the third line.
func answer(conn net.Conn, text string) {
	defer conn.Close()
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch strings.ToLower(lines.Text()) {
		case "hello":
			conn.Write([]byte("-ERR unknown command\r\n"))
		case "client":
			conn.Write([]byte("+OK\r\n"))
		case "get", "set", "pexpire", "del", "evalsha", "getex", "scan", "info":
			conn.Write([]byte("-" + text + "\r\n"))
		}
	}
}

// TestCorrupt stores what is no string under a session's key.
func TestCorrupt(t *testing.T) {
	server := testserver.Redis(t)
	s := opened(t, server.URL(), newPrefix(t, server.URL()))
	must(t, rawClient(t, server.URL()).HSet(t.Context(), s.keys.of("id"), "field", "value").Err())
	if _, err := s.Get(t.Context(), "id"); !errors.Is(err, sessionstore.ErrCorrupt) {
		t.Errorf("Get of a hash: got error %v, want ErrCorrupt", err)
	}
	_, err := s.GetAndTouch(t.Context(), "id", time.Hour)
	listed := 0
	for session, err := range s.All(t.Context()) {
		if listed++; session.ID != "id" || !errors.Is(err, sessionstore.ErrCorrupt) {
			t.Errorf("All of a hash: got id %q and error %v, want ErrCorrupt", session.ID, err)
		}
	}
	if listed != 1 {
		t.Errorf("All of a hash: got %d sessions, want it alone", listed)
	}
	for name, err := range map[string]error{
		"GetAndTouch":         err,
		"CompareAndSwap":      s.CompareAndSwap(t.Context(), "id", nil, nil, time.Hour),
		"RotateSwap":          s.RotateSwap(t.Context(), "id", "new", nil, nil, time.Hour),
		"RotateSwap in steps": s.rotateInSteps(t.Context(), s.keys.of("id"), s.keys.of("new"), nil, nil, "1000"),
	} {
		if !errors.Is(err, sessionstore.ErrCorrupt) {
			t.Errorf("%s of a hash: got error %v, want ErrCorrupt", name, err)
		}
	}
	if err := s.Create(t.Context(), "id", nil, time.Hour); !errors.Is(err, sessionstore.ErrExists) {
		t.Errorf("Create over a hash: got error %v, want ErrExists", err)
	}
	must(t, s.Set(t.Context(), "id", []byte("new"), time.Hour))
	if got, err := s.Get(t.Context(), "id"); err != nil || string(got) != "new" {
		t.Errorf("Get after a Set over a hash: got %q and error %v, want %q", got, err, "new")
	}
}

// TestFull fills a server to its maxmemory.
func TestFull(t *testing.T) {
	server := testserver.NewRedis(t, "--maxmemory", "4mb", "--maxmemory-policy", "noeviction")
	s := opened(t, server.URL(), "app")
	data := make([]byte, 100_000)
	must(t, s.Set(t.Context(), "first", data, time.Hour))
	var err error
	for n := 0; err == nil && n < 200; n++ {
		err = s.Set(t.Context(), sessionstore.NewID(), data, time.Hour)
	}
	if !errors.Is(err, sessionstore.ErrFull) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Fatalf("Set on a full server: got error %v, want ErrFull and a known outcome", err)
	}
	for name, err := range map[string]error{
		"Create":         s.Create(t.Context(), "new", data, time.Hour),
		"Replace":        s.Replace(t.Context(), "first", data, time.Hour),
		"CompareAndSwap": s.CompareAndSwap(t.Context(), "first", data, append(data, 0), time.Hour),
		"RotateSwap":     s.RotateSwap(t.Context(), "first", "new", data, data, time.Hour),
	} {
		if !errors.Is(err, sessionstore.ErrFull) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("%s on a full server: got error %v, want ErrFull and a known outcome", name, err)
		}
	}
	if _, err := s.GetAndTouch(t.Context(), "first", time.Hour); err != nil {
		t.Errorf("GetAndTouch on a full server: got error %v", err)
	}
	if got, err := s.Get(t.Context(), "first"); err != nil || len(got) != len(data) {
		t.Errorf("Get on a full server: got %d bytes and error %v, want %d", len(got), err, len(data))
	}
	must(t, s.Touch(t.Context(), "first", time.Hour))
	must(t, s.Delete(t.Context(), "first"))
}

// TestClientClosed closes a client under a Store that does not own it.
func TestClientClosed(t *testing.T) {
	server := testserver.Redis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
	s := given(t, client, newPrefix(t, server.URL()))
	must(t, s.Set(t.Context(), "id", nil, time.Hour))
	client.Close()
	_, err := s.Get(t.Context(), "id")
	errs := map[string]error{"Get": err, "Ping": s.Ping(t.Context())}
	for _, w := range writes {
		errs[w.name] = w.call(t.Context(), s, "id")
	}
	for name, err := range errs {
		if !errors.Is(err, goredis.ErrClosed) || errors.Is(err, sessionstore.ErrNotFound) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("%s after the client was closed: got error %v, want redis.ErrClosed and a known outcome", name, err)
		}
	}
}

// TestCloseLeavesClient closes a Store whose client is used by others.
func TestCloseLeavesClient(t *testing.T) {
	client := rawClient(t, testserver.Redis(t).URL())
	s := given(t, client, newPrefix(t, testserver.Redis(t).URL()))
	must(t, s.Close())
	must(t, s.Close())
	must(t, client.Ping(t.Context()).Err())
	if err := s.Ping(t.Context()); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("Ping after Close: got error %v, want ErrClosed", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Ping(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Ping after Close with a cancelled context: got error %v, want context.Canceled", err)
	}
}

// TestExpiry reads the server's own idea of a ttl, at the limits.
func TestExpiry(t *testing.T) {
	server := testserver.Redis(t)
	raw := rawClient(t, server.URL())
	s := opened(t, server.URL(), newPrefix(t, server.URL()))
	const granted = sessionstore.MaxTTL
	check := func(when string) {
		t.Helper()
		got, err := raw.PTTL(t.Context(), s.keys.of("id")).Result()
		if err != nil || got > granted || got < granted-time.Minute {
			t.Errorf("ttl after %s for %v: got %v and error %v", when, granted, got, err)
		}
	}
	must(t, s.Set(t.Context(), "id", nil, granted))
	check("Set")
	must(t, s.Touch(t.Context(), "id", time.Hour))
	must(t, s.Touch(t.Context(), "id", granted))
	check("Touch")
	if err := s.Touch(t.Context(), "id", granted+1); !errors.Is(err, sessionstore.ErrInvalidTTL) {
		t.Errorf("Touch above the limit: got error %v, want ErrInvalidTTL", err)
	}
	check("a Touch above the limit")
}
