package testserver

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A cluster answers on every node, also after all nodes were killed, and a key
// is at one of them.
func TestRedisCluster(t *testing.T) {
	c := NewRedisCluster(t, 3)
	if got := len(c.Addrs()); got != 3 || got != len(c.Nodes()) {
		t.Fatalf("%d addresses of %d nodes, want 3", got, len(c.Nodes()))
	}
	for _, before := range []func(){
		func() {},
		func() { c.Stop(t); c.Start(t) },
		func() { c.Kill(t); c.Start(t) },
	} {
		before()
		var stored, moved int
		for _, addr := range c.Addrs() {
			_, err := command(addr, "SET key "+value)
			switch {
			case err == nil:
				stored++
			case strings.Contains(err.Error(), "MOVED"):
				moved++
			default:
				t.Error(err)
			}
		}
		if stored != 1 || moved != 2 {
			t.Errorf("a key was stored by %d nodes and %d sent elsewhere, want 1 and 2", stored, moved)
		}
	}
}

// Sentinel makes a replica the master, which has what reached it before the
// replication was cut and nothing that came later.
func TestSentinelFailover(t *testing.T) {
	s := NewSentinel(t, 1, time.Second)
	master := func() string {
		reply, err := ask(s.Addr(), "SENTINEL get-master-addr-by-name "+s.Name()+"\r\n", func(reply []byte) bool {
			return strings.Count(string(reply), "\r\n") == 5
		})
		if err != nil {
			t.Error(err)
		}
		fields := strings.Fields(string(reply)) // *2 $9 127.0.0.1 $5 12345
		return fields[2] + ":" + fields[4]
	}
	if got := master(); got != s.Master().Addr() {
		t.Fatalf("master: got %s, want %s", got, s.Master().Addr())
	}
	must(t, writeRedis(s.Master().Addr()))
	replica := s.Replicas()[0].Addr()
	must(t, eventually(func() error {
		got, err := readRedis(replica)
		if err == nil && got != value {
			err = fmt.Errorf("the replica has %q, want %q", got, value)
		}
		return err
	}))
	s.Cut(t)
	must(t, expect(s.Master().Addr(), "SET key later\r\n", "+OK\r\n"))
	s.Master().Kill(t)
	must(t, eventually(func() error {
		if got := master(); got != replica {
			return fmt.Errorf("master: got %s, want %s", got, replica)
		}
		return expect(replica, "SET other x\r\n", "+OK\r\n")
	}))
	if got, err := readRedis(replica); err != nil || got != value {
		t.Errorf("the new master has %q, %v, want %q", got, err, value)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
