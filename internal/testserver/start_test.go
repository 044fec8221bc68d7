package testserver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A server that loses the race for its first port gets another.
func TestFirstPortTaken(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.kind.name, func(t *testing.T) {
			program, err := k.kind.find()
			if err != nil {
				missing(t, k.kind, err, true)
			}
			dir, err := makeDir(k.kind.name)
			if err != nil {
				t.Fatal(err)
			}
			s := &Server{kind: k.kind, dir: dir}
			defer s.discard()
			taken, first := occupy(t, 0)
			defer taken.Close()
			ports := 0
			err = s.firstStart(program, func() (int, error) {
				if ports++; ports == 1 {
					return first, nil
				}
				return FreePort()
			})
			if err != nil || ports < 2 || s.port == first {
				t.Errorf("error = %v, %d ports tried, the last %d; the first, %d, was taken", err, ports, s.port, first)
			}
		})
	}
}

// A server that starts again waits for its own port.
func TestStartWaitsForPort(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.kind.name, func(t *testing.T) {
			s := k.own(t)
			s.Stop(t)
			taken, _ := occupy(t, s.port)
			time.AfterFunc(200*time.Millisecond, func() { taken.Close() })
			s.Start(t)
			if err := k.kind.ready(s.Addr(), s.dir, s.Pid()); err != nil {
				t.Error(err)
			}
		})
	}
}

func occupy(t *testing.T, port int) (l net.Listener, got int) {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	return l, l.Addr().(*net.TCPAddr).Port
}

// A failure shows what the server said, and leaves nothing behind.
func TestFailureShowsLog(t *testing.T) {
	for k, test := range map[*kind]struct{ arg, want string }{
		redis:     {"--no-such-setting=1", "no-such-setting"},
		memcached: {"--no-such-setting", "no-such-setting"},
		postgres:  {"--no-such-setting=1", "no_such_setting"},
	} {
		t.Run(k.name, func(t *testing.T) {
			program, err := k.find()
			if err != nil {
				missing(t, k, err, true)
			}
			before := dirs(k)
			_, err = create(k, program, []string{test.arg})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one that contains %q", err, test.want)
			}
			if after := dirs(k); !slices.Equal(after, before) {
				t.Errorf("directories: %v, want %v as before", after, before)
			}
		})
	}
}

// dirs returns the directories of this process's servers.
func dirs(k *kind) []string {
	paths, _ := filepath.Glob(filepath.Join(tempDir(), fmt.Sprintf("%s%d-%s-*", dirPrefix(), os.Getpid(), k.name)))
	return paths
}

func TestPortBelowEphemeral(t *testing.T) {
	for range 100 {
		port, err := FreePort()
		if err != nil {
			t.Fatal(err)
		}
		if port < 1024 || port+10000 >= 32768 {
			t.Fatalf("port = %d, want it and its bus port below 32768", port)
		}
	}
}
