package redis

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// fill stores sessions, and as many keys of others.
func fill(t *testing.T, raw *goredis.Client, n int) {
	t.Helper()
	_, err := raw.Pipelined(t.Context(), func(p goredis.Pipeliner) error {
		for i := range n {
			p.Set(t.Context(), fmt.Sprint("app:s.", i), "data", time.Hour)
			p.Set(t.Context(), fmt.Sprint("app:other:", i), "foreign", 0)
		}
		return nil
	})
	must(t, err)
}

// TestScan goes through many pages, and wants no command that would hold up
// the server or remove what is not the Store's.
func TestScan(t *testing.T) {
	raw := rawClient(t, testserver.NewRedis(t).URL())
	s := given(t, raw, "app")
	const sessions = 3000
	fill(t, raw, sessions)
	must(t, raw.Set(t.Context(), "app:eternal", "data", 0).Err())
	seen := make(map[string]bool)
	for session, err := range s.All(t.Context()) {
		must(t, err)
		if string(session.Data) != "data" || session.ExpiresAt.IsZero() != (session.ID == "eternal") {
			t.Errorf("All: got %q, which ends %v, under %q", session.Data, session.ExpiresAt, session.ID)
		}
		seen[session.ID] = true
	}
	if len(seen) != sessions+1 {
		t.Errorf("All: got %d sessions, want %d", len(seen), sessions+1)
	}
	must(t, s.Clear(t.Context()))
	if n := raw.DBSize(t.Context()).Val(); n != sessions {
		t.Errorf("keys after Clear: got %d, want the %d of others", n, sessions)
	}
	for command, want := range map[string]bool{"scan": true, "unlink": true, "keys": false, "flushdb": false, "flushall": false} {
		if got := calls(t, raw, command) > 0; got != want {
			t.Errorf("%s was called: got %v, want %v", command, got, want)
		}
	}
}

// TestScanRestart restarts the server while it is gone through: its cursors
// mean nothing to its successor.
func TestScanRestart(t *testing.T) {
	server := testserver.NewRedis(t)
	s := opened(t, server.URL(), "app")
	fill(t, rawClient(t, server.URL()), 3000)
	var n int
	var last error
	for _, last = range s.All(t.Context()) {
		if n++; n == 1 {
			server.Stop(t)
			server.Start(t)
		}
	}
	if last == nil || errors.Is(last, sessionstore.ErrNotFound) {
		t.Errorf("All during a restart: got %d sessions and error %v, want an error at last", n, last)
	}
	if n > 1000 && !strings.Contains(last.Error(), "restarted") { // it went on
		t.Errorf("All during a restart: got error %v, want one that says so", last)
	}
	must(t, s.Clear(t.Context()))
}

// TestScanWithoutInfo lists for a user who may not ask which server it is.
func TestScanWithoutInfo(t *testing.T) {
	server := testserver.NewRedis(t, "--user", "app", "on", "nopass", "~app:*",
		"+get", "+set", "+pexpire", "+getex", "+del", "+evalsha", "+eval", "+scan", "+pttl", "+unlink", "+ping")
	s := opened(t, "redis://app:x@"+server.Addr(), "app")
	for _, w := range writes {
		if w.name == "Touch" || w.name == "Delete" {
			must(t, s.Set(t.Context(), "id", []byte("data"), time.Hour))
		}
		if w.name == "Create" {
			must(t, s.Delete(t.Context(), "id"))
		}
		if err := w.call(t.Context(), s, "id"); err != nil {
			t.Errorf("%s of a user with the documented rights: %v", w.name, err)
		}
	}
	var n int
	for _, err := range s.All(t.Context()) {
		must(t, err)
		n++
	}
	if n != 1 {
		t.Errorf("All of a user with the documented rights: got %d sessions, want 1", n)
	}
	must(t, s.Clear(t.Context()))
	must(t, s.Ping(t.Context()))
}
