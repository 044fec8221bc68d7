package testserver

import (
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

// kinds are the servers with the functions that start them.
var kinds = []struct {
	kind   *kind
	shared func(testing.TB) *Server
	own    func(testing.TB, ...string) *Server
}{
	{redis, Redis, NewRedis},
	{memcached, Memcached, NewMemcached},
	{postgres, Postgres, NewPostgres},
}

func TestStopKillStart(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.kind.name, func(t *testing.T) {
			begin := time.Now()
			s := k.own(t)
			t.Logf("first start: %v", time.Since(begin).Round(100*time.Microsecond))
			addr := s.Addr()
			for name, end := range map[string]func(Fataler){"Stop": s.Stop, "Kill": s.Kill} {
				old := s.Pid()
				begin := time.Now()
				end(t)
				ended := time.Since(begin)
				if s.Pid() != 0 || alive(old) {
					t.Errorf("after %s: Pid() = %d, process %d alive: %v", name, s.Pid(), old, alive(old))
				}
				if err := k.kind.ready(addr, s.dir, 0); err == nil {
					t.Errorf("after %s: it still answers", name)
				}
				end(t) // once more does nothing
				begin = time.Now()
				s.Start(t)
				t.Logf("%s: %v, Start: %v", name, ended.Round(100*time.Microsecond), time.Since(begin).Round(100*time.Microsecond))
				if s.Addr() != addr || s.Pid() == old || s.Pid() == 0 {
					t.Errorf("after %s and Start: Addr() = %s, want %s; Pid() = %d, was %d", name, s.Addr(), addr, s.Pid(), old)
				}
				if err := k.kind.ready(addr, s.dir, s.Pid()); err != nil {
					t.Errorf("after %s and Start: %v", name, err)
				}
			}
		})
	}
}
