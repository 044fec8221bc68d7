package containers

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestEndAndStart: Stop and Kill leave nobody at the address, Start the same
// server at the same one. The suite looks after the data.
func TestEndAndStart(t *testing.T) {
	s := started(t, "redis")
	addr := s.Addr()
	for name, end := range map[string]func(context.Context) error{"Stop": s.Stop, "Kill": s.Kill} {
		must(t, end)
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			t.Errorf("%s: the port still takes connections", name)
		}
		if got := s.Pid(); got != 0 {
			t.Errorf("%s: process id %d, want none", name, got)
		}
		must(t, end) // once more does nothing
		must(t, s.Start)
		if err := testserver.Answers("redis", addr); err != nil || s.Addr() != addr {
			t.Errorf("%s, then Start: %v; address %s, want %s", name, err, s.Addr(), addr)
		}
	}
	if err := s.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "it is running") {
		t.Errorf("Start of a server that runs: %v, want that it is running", err)
	}
}

// TestPid: where the engine is on this machine, the process is the server.
func TestPid(t *testing.T) {
	s := started(t, "redis")
	pid := s.Pid()
	if pid == 0 {
		t.Skip("the engine counts processes of its own, as in a virtual machine")
	}
	o := owner{pidSpace(), int32(pid), time.Now()}
	if o.isGone() {
		t.Errorf("there is no process %d that began just now", pid)
	}
	if isHere(1, s.container.ID) {
		t.Error("process 1 passes for the server")
	}
}

// TestStartWaitsForPort: a port that was taken meanwhile is waited for.
func TestStartWaitsForPort(t *testing.T) {
	s := started(t, "memcached")
	must(t, s.Stop)
	taken, err := net.Listen("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Second, func() { taken.Close() })
	must(t, s.Start)
	if err := testserver.Answers("memcached", s.Addr()); err != nil {
		t.Error(err)
	}
}

// TestEndedByItself: a server that ended by itself is a failure of Stop, which
// shows its log, and can start again.
func TestEndedByItself(t *testing.T) {
	s := started(t, "redis")
	end := s.engine.client.ContainerWait(t.Context(), s.container.ID, client.ContainerWaitOptions{})
	if _, err := s.engine.client.ContainerKill(t.Context(), s.container.ID, client.ContainerKillOptions{Signal: "SIGTERM"}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-end.Result:
	case err := <-end.Error:
		t.Fatal(err)
	}
	err := s.Stop(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ended by itself") || !strings.Contains(err.Error(), "bye bye") {
		t.Errorf("Stop: %v, want that it ended by itself, and its log", err)
	}
	must(t, s.Start)
}

// TestStopUnclean: a server that had to be killed may not have saved its data,
// which Stop says.
func TestStopUnclean(t *testing.T) {
	e := connected(t)
	image, err := e.image(t.Context(), memcached)
	if err != nil {
		absent(t, err)
	}
	brutal := *memcached
	brutal.signal = "SIGKILL"
	s, err := e.firstStart(t.Context(), &brutal, image, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), "did not end cleanly: exit code 137") {
		t.Errorf("Stop: %v, want that it did not end cleanly", err)
	}
}

// TestFailureShowsLog: what the server complained of is in the error, and no
// container stays.
func TestFailureShowsLog(t *testing.T) {
	e := connected(t)
	before := own(t, e)
	for name, arg := range map[string]string{"redis": "--no-such-setting=1", "memcached": "--no-such-setting", "postgres": "--no-such-setting=1"} {
		s, err := Start(t.Context(), name, arg)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "_", "-"), "no-such-setting") {
			t.Errorf("%s: %v, want an error that shows the complaint", name, err)
		}
	}
	if after := own(t, e); len(after) != len(before) {
		t.Errorf("containers %v, want %v as before", after, before)
	}
}

// TestSettings: fsync is on, and arguments win over what is there.
func TestSettings(t *testing.T) {
	r := started(t, "redis", "--appendfsync", "always")
	c := goredis.NewClient(&goredis.Options{Addr: r.Addr()})
	defer c.Close()
	for name, want := range map[string]string{"appendonly": "yes", "appendfsync": "always"} {
		if got, err := c.ConfigGet(t.Context(), name).Result(); err != nil || got[name] != want {
			t.Errorf("redis: %s is %q, %v, want %q", name, got[name], err, want)
		}
	}
	p := started(t, "postgres", "-c", "synchronous_commit=off")
	conn, err := pgx.Connect(t.Context(), p.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for name, want := range map[string]string{"fsync": "on", "synchronous_commit": "off"} {
		var got string
		if err := conn.QueryRow(t.Context(), "SHOW "+name).Scan(&got); err != nil || got != want {
			t.Errorf("postgres: %s is %q, %v, want %q", name, got, err, want)
		}
	}
}

// TestCloseRemovesData: the data is in a volume and goes with the container.
func TestCloseRemovesData(t *testing.T) {
	s := started(t, "redis")
	found, err := s.container.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Mounts) != 1 || found.Mounts[0].Type != mount.TypeVolume || found.Mounts[0].Destination != "/data" {
		t.Fatalf("mounts %v, want a volume at /data", found.Mounts)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.container.Inspect(t.Context()); err == nil {
		t.Error("the container is still there")
	}
	if _, err := s.engine.client.VolumeInspect(t.Context(), found.Mounts[0].Name, client.VolumeInspectOptions{}); err == nil {
		t.Error("the volume is still there")
	}
}
