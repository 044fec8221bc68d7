package testserver

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

// kinds are the servers, with what the tests say to each.
var kinds = []struct {
	kind     *kind
	shared   func(testing.TB) *Server
	own      func(testing.TB, ...string) *Server
	write    func(addr string) error
	read     func(addr string) (string, error)
	survives bool // Stop and Kill
}{
	{redis, Redis, NewRedis, writeRedis, readRedis, true},
	{memcached, Memcached, NewMemcached, writeMemcached, readMemcached, false},
	{postgres, Postgres, NewPostgres, writePostgres, readPostgres, true},
}

// recorder keeps what Fatalf is told. Unlike that of a test, it returns.
type recorder struct{ text string }

func (r *recorder) Helper()                           {}
func (r *recorder) Fatalf(format string, args ...any) { r.text = fmt.Sprintf(format, args...) }

func TestEndAndStart(t *testing.T) {
	ends := []struct {
		name string
		end  func(*Server, Fataler)
	}{{"Stop", (*Server).Stop}, {"Kill", (*Server).Kill}}
	for _, k := range kinds {
		for _, end := range ends {
			t.Run(k.kind.name+"/"+end.name, func(t *testing.T) {
				s := k.own(t)
				addr, old := s.Addr(), s.Pid()
				if err := k.write(addr); err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				end.end(s, t)
				ended := time.Since(begin)
				if s.Pid() != 0 || alive(old) {
					t.Errorf("Pid() = %d, want 0; process %d alive: %v", s.Pid(), old, alive(old))
				}
				if conn, err := net.Dial("tcp", addr); err == nil {
					conn.Close()
					t.Error("the port still takes connections")
				}
				end.end(s, t) // once more does nothing

				begin = time.Now()
				s.Start(t)
				t.Logf("%s %v, Start %v", end.name, ended, time.Since(begin))
				if s.Addr() != addr || s.Pid() == 0 {
					t.Errorf("after Start: Addr() = %s, want %s; Pid() = %d, want one", s.Addr(), addr, s.Pid())
				}
				got, err := k.read(addr)
				if err != nil || (got == value) != k.survives {
					t.Errorf("after Start: read = %q, %v; it is to survive: %v", got, err, k.survives)
				}
			})
		}
	}
}

// Kill also ends a child that is too busy to notice the death of its parent.
func TestKillBusyChild(t *testing.T) {
	s := NewPostgres(t)
	conn, err := connectPostgres(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.send("BEGIN; SELECT 1"); err != nil { // the reply says that the child works
		t.Fatal(err)
	}
	if _, err := conn.row(); err != nil {
		t.Fatal(err)
	}
	if err := conn.send("SELECT count(*) FROM generate_series(1, 1e12::bigint)"); err != nil {
		t.Fatal(err)
	}
	s.Kill(t)
	if _, err := conn.row(); err == nil {
		t.Error("the query was answered")
	}
	begin := time.Now()
	s.Start(t)
	if took := time.Since(begin); took > startLimit/4 {
		t.Errorf("Start took %v", took)
	}
}

func TestTwoAtOnce(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.kind.name, func(t *testing.T) {
			begin := time.Now()
			one := k.own(t)
			first := time.Since(begin)
			begin = time.Now()
			two := k.own(t)
			t.Logf("New %v, then %v", first, time.Since(begin))
			if one.Addr() == two.Addr() || one.Pid() == two.Pid() {
				t.Fatalf("both are %s, process %d", one.Addr(), one.Pid())
			}
			if err := k.write(one.Addr()); err != nil {
				t.Fatal(err)
			}
			if got, err := k.read(two.Addr()); err != nil || got == value {
				t.Errorf("read = %q, %v; what went to the other is here", got, err)
			}
			one.Kill(t)
			if _, err := k.read(two.Addr()); err != nil {
				t.Errorf("after the other was killed: %v", err)
			}
		})
	}
}

func TestSharedOnce(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.kind.name, func(t *testing.T) {
			want := k.shared(t)
			got := make([]*Server, 8)
			var all sync.WaitGroup
			for i := range got {
				all.Go(func() { got[i] = k.shared(t) })
			}
			all.Wait()
			for _, s := range got {
				if s != want {
					t.Error("a second server")
				}
			}
			if want.Owned() && !strings.HasSuffix(strings.Split(want.URL(), "?")[0], want.Addr()+path(want.kind)) {
				t.Errorf("URL() = %s, Addr() = %s", want.URL(), want.Addr())
			}
		})
	}
}

func path(k *kind) string {
	if k == postgres {
		return "/postgres"
	}
	return ""
}

// An own server leaves neither process nor directory.
func TestOwnEndsWithItsTest(t *testing.T) {
	for _, k := range kinds {
		var s *Server
		var pid int
		t.Run(k.kind.name, func(t *testing.T) {
			s = k.own(t)
			pid = s.Pid()
		})
		if s == nil { // skipped
			continue
		}
		if _, err := os.Stat(s.dir); alive(pid) || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: process alive: %v; its directory: %v, want none", k.kind.name, alive(pid), err)
		}
	}
}

// A server that ended by itself is a failure of Stop, and can start again.
func TestEndedByItself(t *testing.T) {
	s := NewRedis(t)
	if _, err := ask(s.Addr(), "SHUTDOWN\r\n", func([]byte) bool { return false }); err == nil {
		t.Fatal("SHUTDOWN was answered")
	}
	<-s.proc.done
	var r recorder
	s.Stop(&r)
	if !strings.Contains(r.text, "ended by itself") || !strings.Contains(r.text, "bye bye") {
		t.Errorf("Stop: %q, want that it ended by itself, and its log", r.text)
	}
	s.Start(t)
	r = recorder{}
	s.Start(&r)
	if !strings.Contains(r.text, "it is running") {
		t.Errorf("Start: %q, want that it is running", r.text)
	}
}
