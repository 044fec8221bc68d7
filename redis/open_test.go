package redis

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

const secret = "s3cr3tpw" // the password of the URLs below

// TestOpenErrors wants errors that say what to write instead and never show a
// password, not even one that is not escaped and reads as a port or a path.
func TestOpenErrors(t *testing.T) {
	for _, test := range []struct{ url, want string }{
		{"", "redis://"},
		{"localhost:6379", "redis://"},
		{"redis:localhost", "redis://"},
		{"http://:s3cr3tpw@localhost", "redis://"},
		{"unix://:s3cr3tpw@/run/redis.sock", "redis://"},
		{"s3cr3tpw://localhost", "redis://"},
		{"redis://user:s3cr3tpw", "cannot be read"},
		{"redis://user:s3cr3tpw%zz@localhost", "cannot be read"},
		{"redis://user:[s3cr3tpw@localhost", "cannot be read"},
		{"redis://user:1#s3cr3tpw@localhost", "%23"},
		{"redis://user:1/s3cr3tpw@localhost", "%2F"},
		{"redis://user:1?s3cr3tpw@localhost", "%3F"},
		{"redis://user:1?s3cr3tpw=2@localhost", "%3F"},
		{"redis://:s3cr3tpw@localhost/zero", `"zero"`},
		{"redis://:s3cr3tpw@localhost/0/1", "path"},
		{"redis://:s3cr3tpw@localhost?pool=5", "pool;"},
		{"redis://:s3cr3tpw@localhost?pool_size=5;pool_fifo=1", "parameters"},
		{"redis://:s3cr3tpw@localhost?pool_size=many", "pool_size"},
		{"redis://:s3cr3tpw@localhost?pool_size=-1", "pool_size"},
		{"redis://:s3cr3tpw@localhost?pool_size=10001", "10000"},
		{"redis://:s3cr3tpw@localhost?pool_size=99999999999", "pool_size"},
		{"redis://:s3cr3tpw@localhost?read_timeout=-1", "read_timeout"},
		{"redis://:s3cr3tpw@localhost?dial_timeout=soon", "dial_timeout"},
		{"redis://:s3cr3tpw@127.0.0.1:1/0", "127.0.0.1:1"},
		{"rediss://:s3cr3tpw@127.0.0.1:1/0?skip_verify=true", "127.0.0.1:1"},
	} {
		s, err := Open(t.Context(), test.url, Options{})
		if s != nil || err == nil {
			t.Errorf("Open(%q): got no error", test.url)
			continue
		}
		if !strings.HasPrefix(err.Error(), "redis: open: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Open(%q): got error %v, want one with %q", test.url, err, test.want)
		}
		for err := err; err != nil; err = errors.Unwrap(err) {
			if strings.Contains(strings.ToLower(err.Error()), secret) {
				t.Errorf("Open(%q): got error %v, which shows the password", test.url, err)
			}
		}
	}
}

// TestOpenURL wants the URL's settings kept and the rest completed.
func TestOpenURL(t *testing.T) {
	o, err := parseURL("rediss://user:pa%23ss@example.com:7000/3?pool_size=7&read_timeout=9s&max_retries=-1")
	if err != nil {
		t.Fatal(err)
	}
	if o.Addr != "example.com:7000" || o.Username != "user" || o.Password != "pa#ss" || o.DB != 3 || o.TLSConfig == nil ||
		o.PoolSize != 7 || o.ReadTimeout != 9*time.Second || o.MaxRetries != -1 {
		t.Errorf("the URL's settings: got %+v", o)
	}
	if !o.ContextTimeoutEnabled || o.DialTimeout != dialTimeout || o.WriteTimeout != ioTimeout {
		t.Errorf("the settings that are completed: got %+v", o)
	}
}

func TestOpenDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, "redis://127.0.0.1:1", Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open with a cancelled context: got error %v, want context.Canceled", err)
	}
}

// TestOpenPassword signs in at a server that wants a password.
func TestOpenPassword(t *testing.T) {
	server := testserver.NewRedis(t, "--requirepass", secret)
	s, err := Open(t.Context(), "redis://:"+secret+"@"+server.Addr(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Set(t.Context(), "id", nil, time.Hour); err != nil {
		t.Error(err)
	}
	for _, test := range []struct{ url, want string }{
		{"redis://" + server.Addr(), "NOAUTH"},
		{"redis://:wrong-" + secret + "@" + server.Addr(), "WRONGPASS"},
		{"redis://nobody:" + secret + "@" + server.Addr(), "WRONGPASS"},
		{"redis://:" + secret + "@" + server.Addr() + "/99", "DB index is out of range"},
	} {
		_, err := Open(t.Context(), test.url, Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("Open of a server with a password: got error %v, want one with %s and without the password", err, test.want)
		}
	}
}

// TestOpenSilent opens a server that accepts and never answers, plain and with
// TLS, which has a handshake before the client's own.
func TestOpenSilent(t *testing.T) {
	addr := blackHole(t)
	for _, scheme := range []string{"redis", "rediss"} {
		const d = 100 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), d)
		begin := time.Now()
		_, err := Open(ctx, scheme+"://"+addr, Options{})
		cancel()
		if took := time.Since(begin); took > d+slack {
			t.Errorf("Open of a silent %s server returned after %v, want %v", scheme, took, d)
		}
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sessionstore.ErrUnknownOutcome) || !strings.Contains(err.Error(), addr) {
			t.Errorf("Open of a silent %s server: got error %v, want context.DeadlineExceeded and the address", scheme, err)
		}
	}
}

// TestOpenTLS meets a server without TLS.
func TestOpenTLS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Write([]byte("-ERR Protocol error\r\n"))
			conn.Close()
		}
	}()
	_, err = Open(t.Context(), "rediss://"+l.Addr().String(), Options{})
	if err == nil || !strings.Contains(err.Error(), "does not look like a TLS handshake") {
		t.Errorf("Open with TLS of a server without: got error %v, want one that says so", err)
	}
}

// blackHole returns the address of a server that accepts and never answers.
func blackHole(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}
