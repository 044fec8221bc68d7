package survival

import (
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/target"
)

// TestBroken: what breaks a promise is named, and what was not promised is no
// breach.
func TestBroken(t *testing.T) {
	with := func(change func(r *Result)) Result {
		var r Result
		r.Acked, r.Kept, r.Deleted = 10, 10, 5
		change(&r)
		return r
	}
	losing := func(r *Result) { r.Kept, r.Lost = 9, 1 }
	reviving := func(r *Result) { r.Revived = 1 }
	forgetting := func(r *Result) { r.Kept, r.Lost = 0, 10 }
	whole := func(*Result) {}
	for _, c := range []struct {
		config, event string
		result        Result
		want          string // in the error; "" for none
	}{
		{"bolt-sync", "kill-application", with(whole), ""},
		{"bolt-sync", "kill-application", with(losing), "lost 1 of 10"},
		{"bolt-async", "kill-application", with(reviving), "revived 1 of 5"},
		{"redis-always", "kill-server", with(losing), "lost 1"},
		{"redis-everysec", "kill-server", with(losing), ""},
		{"redis-everysec", "stop-server", with(losing), "lost 1"},
		{"redis-snapshot", "kill-server", with(reviving), ""},
		{"redis-none", "stop-server", with(forgetting), ""},
		{"redis-none", "kill-server", with(losing), "kept 9 of 10"},
		{"redis-none", "kill-application", with(losing), "lost 1"},
		{"memcached-none", "kill-server", with(whole), "kept 10"},
		{"memory-none", "reopen", with(forgetting), ""},
		{"postgres-async", "kill-server", with(reviving), ""},
		{"postgres-sync", "kill-server", with(reviving), "revived 1"},
		{"postgres-sync", "cut-network", with(func(r *Result) { r.Missed = 2 }), "outage as a miss"},
		{"postgres-async", "kill-server", with(func(r *Result) { r.Ghosts = 2 }), "took effect"},
		{"postgres-sync", "kill-server", with(func(r *Result) { r.Deleted = 0 }), "nothing is proven"},
		{"postgres-sync", "kill-server", with(func(r *Result) { losing(r); r.Peer = "somebody" }), ""},
	} {
		r := c.result
		r.Event = c.event
		r.Backend, r.Durability, _ = strings.Cut(c.config, "-")
		err := r.Broken()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, %s: %v, want %q", c.config, c.event, err, c.want)
		}
	}
}

// TestSafeSettingsKeepEverything: what waits for the disk promises all of it.
func TestSafeSettingsKeepEverything(t *testing.T) {
	for backend, durability := range map[string]string{"bolt": "sync", "redis": "always", "postgres": "sync"} {
		c := target.Config{Backend: backend, Durability: durability}
		for _, e := range Events(c) {
			if got := Promised(c, e); got != Keeps {
				t.Errorf("%s, %s: %s, want %s", c, e, got, Keeps)
			}
		}
	}
}
