package memcached

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

func TestOpen(t *testing.T) {
	server := testserver.Memcached(t)
	url := fmt.Sprintf("memcached://%s,%s/?prefix=a:b&timeout=1500ms&max_conns=7&idle_timeout=1h", server.Addr(), server.Addr())
	s, err := Open(t.Context(), url, Options{Prefix: "other", Timeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := s.nodes[1]
	if s.prefix != "a:b" || s.timeout != 1500*time.Millisecond || cap(n.permits) != 7 || n.idleTimeout != time.Hour || len(s.nodes) != 2 {
		t.Errorf("got prefix %q, timeout %v, %d connections, idle timeout %v, %d servers",
			s.prefix, s.timeout, cap(n.permits), n.idleTimeout, len(s.nodes))
	}
}

// TestOpenErrors want an error that says what to write, and never show a
// password.
func TestOpenErrors(t *testing.T) {
	const secret = "hunter2"
	for _, c := range []struct{ url, want string }{
		{"", "memcached://"},
		{"localhost:11211", "want a URL like memcached://"},
		{"redis://localhost", "want a URL like memcached://"},
		{"memcached://", "names no server"},
		{"memcached:///", "names no server"},
		{"memcached://?timeout=1s", "names no server"},
		{"memcached://user:hunter2@localhost", "knows no passwords"},
		{"memcached://user:hunter2/x@localhost", "knows no passwords"},
		{"memcached://hunter2:hunter2", "port"},
		{"memcached://a:0", "port"},
		{"memcached://a:65536", "port"},
		{"memcached://a,,b", "host:port"},
		{"memcached://a b", "host:port"},
		{"memcached://a:1:2", "host:port"},
		{"memcached://localhost/sessions", "path"},
		{"memcached://localhost#hunter2", "#"},
		{"memcached://localhost?tls=hunter2", "known are idle_timeout, max_conns, prefix, timeout"},
		{"memcached://localhost?hunter2", "known are"},
		{"memcached://localhost?timeout=hunter2", "500ms"},
		{"memcached://localhost?timeout=0", "500ms"},
		{"memcached://localhost?timeout=-1s", "500ms"},
		{"memcached://localhost?idle_timeout=5", "500ms"},
		{"memcached://localhost?max_conns=0", "from 1 to 10000"},
		{"memcached://localhost?max_conns=10001", "from 1 to 10000"},
		{"memcached://localhost?prefix=", "want 1 to 48"},
		{"memcached://localhost?prefix=a%20b", "want only"},
		{"memcached://localhost?timeout=1s&timeout=2s", "2 times"},
		{"memcached://localhost?timeout=%zz", "cannot be read"},
	} {
		s, err := Open(t.Context(), c.url, Options{})
		if err == nil {
			s.Close()
			t.Errorf("Open(%q): got no error", c.url)
			continue
		}
		if !strings.HasPrefix(err.Error(), "memcached: open: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%q): got error %q, want %q in it", c.url, err, c.want)
		}
		wantSecret(t, err, secret)
	}
}

func TestOpenUnreachable(t *testing.T) {
	gone := newBlackHole(t)
	gone.listener.Close()
	_, err := Open(t.Context(), "memcached://"+gone.addr(), Options{})
	if err == nil || !strings.Contains(err.Error(), gone.addr()) || !strings.Contains(err.Error(), "does it run?") {
		t.Errorf("got error %v, want one that names the server and asks whether it runs", err)
	}
	hole := newBlackHole(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err = Open(ctx, "memcached://"+hole.addr(), Options{})
	wantErrors(t, "Open of a server that hangs", err, context.DeadlineExceeded)
	if took := time.Since(begin); took > slack {
		t.Errorf("it took %v", took)
	}
	<-ctx.Done()
	_, err = Open(ctx, "memcached://"+hole.addr(), Options{})
	wantErrors(t, "Open with a context that is done", err, context.DeadlineExceeded)
}

func TestNewErrors(t *testing.T) {
	for _, c := range []struct {
		servers []string
		opts    Options
	}{
		{nil, Options{}},
		{[]string{}, Options{}},
		{[]string{""}, Options{}},
		{[]string{"memcached://localhost:11211"}, Options{}},
		{[]string{"localhost:11211,other:11211"}, Options{}},
		{[]string{"localhost:memcache"}, Options{}},
		{[]string{":11211"}, Options{}},
		{[]string{"user:pw@localhost:11211"}, Options{}},
		{[]string{"localhost"}, Options{Prefix: "a b"}},
		{[]string{"localhost"}, Options{Timeout: -1}},
		{[]string{"localhost"}, Options{MaxConns: -1}},
		{[]string{"localhost"}, Options{MaxConns: 10_001}},
	} {
		if _, err := New(c.servers, c.opts); err == nil || !strings.HasPrefix(err.Error(), "memcached: new: ") {
			t.Errorf("New(%q, %+v): got error %v, want one that names the operation", c.servers, c.opts, err)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for server, want := range map[string]address{
		"localhost":       {"tcp", "localhost:11211"},
		"localhost:1":     {"tcp", "localhost:1"},
		"127.0.0.1:65535": {"tcp", "127.0.0.1:65535"},
		"::1":             {"tcp", "[::1]:11211"},
		"[::1]":           {"tcp", "[::1]:11211"},
		"[::1]:11212":     {"tcp", "[::1]:11212"},
		"/run/mc.sock":    {"unix", "/run/mc.sock"},
	} {
		if got, err := parseAddress(server); got != want || err != nil {
			t.Errorf("parseAddress(%q): got %v and error %v, want %v", server, got, err, want)
		}
	}
}

// TestPickAsServerList finds keys where gomemcache would look for them.
func TestPickAsServerList(t *testing.T) {
	r := seed(t)
	for n := 1; n <= 7; n++ {
		var servers []string
		for i := range n {
			servers = append(servers, fmt.Sprintf("127.0.0.1:%d", 1+i))
		}
		var list memcache.ServerList
		if err := list.SetServers(servers...); err != nil {
			t.Fatal(err)
		}
		for range 2000 {
			k := key("session", "", fmt.Sprint(r.Uint64()))
			want, err := list.PickServer(k)
			if err != nil {
				t.Fatal(err)
			}
			if got := servers[pick(k, n)]; got != want.String() {
				t.Fatalf("pick(%q, %d): got %s, want %s", k, n, got, want)
			}
		}
	}
}

// TestUnixSocket uses a server without a port.
func TestUnixSocket(t *testing.T) {
	s := newStore(t, Options{}, "/nonexistent/mc.sock")
	_, err := s.Get(t.Context(), "id")
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/mc.sock") || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want one that names the socket", err)
	}
}
