package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// web is a line for so many requests a second.
func web(backend, durability string, perSecond int) string {
	return fmt.Sprintf("BenchmarkWeb/size=1KiB/clients=64/backend=%s/durability=%s 5000 1000 p50-ns %d ops/s", backend, durability, perSecond)
}

// kill is a line for a kill that lost and brought back so many of a hundred.
func kill(event, backend, durability string, lost, revived int) string {
	return fmt.Sprintf("BenchmarkRestart/event=kill-%s/backend=%s/durability=%s 1 100 acked %d kept %d lost 50 deleted %d revived",
		event, backend, durability, 100-lost, lost, revived)
}

// answers returns each verdict's answer by a word of its need.
func answers(r *figures.Run) map[string]verdict {
	all := map[string]verdict{}
	for _, v := range verdicts(r) {
		for _, word := range []string{"whatever", "when they were killed", "no server", "when killed", "share it, each", "Least"} {
			if strings.Contains(v.Need, word) {
				all[word] = v
			}
		}
	}
	return all
}

// everything is a run with a target of each kind, in an order of speed that no
// real run has.
func everything() []string {
	return []string{
		web("memory", "none", 1000), web("redis", "none", 900), web("redis", "always", 800), web("postgres", "sync", 100), web("bolt", "sync", 50),
		web("bolt", "async", 850),
		kill("application", "memory", "none", 100, 0),
		kill("application", "redis", "none", 0, 0), kill("server", "redis", "none", 100, 0),
		kill("application", "redis", "always", 0, 0), kill("server", "redis", "always", 0, 0),
		kill("application", "postgres", "sync", 0, 0), kill("server", "postgres", "sync", 0, 0),
		kill("application", "bolt", "sync", 0, 0), kill("application", "bolt", "async", 0, 0),
	}
}

// TestAnswers: each need has the fastest of those that fit.
func TestAnswers(t *testing.T) {
	got := answers(run(t, everything()...))
	for need, want := range map[string]string{
		"whatever": "memory", "when they were killed": "bolt-async", "no server": "bolt-sync",
		"when killed": "redis-always", "share it, each": "redis-always",
	} {
		if got[need].Answer != want {
			t.Errorf("%s: %s, want %s", need, got[need].Answer, want)
		}
	}
}

// TestAnswersFollowFigures: the same targets with other figures give other
// answers; nothing is known beforehand.
func TestAnswersFollowFigures(t *testing.T) {
	for name, c := range map[string]struct {
		more       []string
		need, want string
	}{
		"speed":              {[]string{web("postgres", "async", 5000)}, "whatever", "postgres-async"},
		"a loss":             {[]string{kill("stop", "redis", "always", 0, 0), strings.Replace(kill("server", "redis", "always", 1, 0), "kill-server", "cut-network", 1)}, "when killed", "postgres-sync"},
		"a revival":          {[]string{strings.Replace(kill("server", "redis", "always", 0, 1), "kill-server", "stop-server", 1)}, "share it, each", "postgres-sync"},
		"no fsync":           {[]string{strings.Replace(kill("server", "redis", "always", 0, 0)+" 0 fsyncs/write", "kill-server", "stop-server", 1)}, "share it, each", "postgres-sync"},
		"an fsync":           {[]string{strings.Replace(kill("server", "redis", "always", 0, 0)+" 0.1 fsyncs/write", "kill-server", "stop-server", 1)}, "share it, each", "redis-always"},
		"a kill not tried":   {[]string{web("redis", "everysec", 5000), kill("application", "redis", "everysec", 0, 0)}, "when killed", "redis-always"},
		"nothing was stored": {[]string{web("bolt", "other", 5000), strings.Replace(kill("application", "bolt", "other", 0, 0), "100 acked 100 kept", "0 acked 0 kept", 1)}, "when they were killed", "bolt-async"},
	} {
		if got := answers(run(t, append(everything(), c.more...)...))[c.need]; got.Answer != c.want {
			t.Errorf("%s: %s: %s, want %s", name, c.need, got.Answer, c.want)
		}
	}
}

// TestUnsynced: a kill that was survived without waiting for the disk says
// nothing of a power failure, and the verdict says so.
func TestUnsynced(t *testing.T) {
	got := answers(run(t, everything()...))
	for need, want := range map[string]bool{"whatever": false, "when they were killed": true, "no server": false, "when killed": false, "share it, each": false} {
		if warns := strings.Contains(got[need].Caveat, "power failure"); warns != want {
			t.Errorf("%s: %s: %q speaks of a power failure: %v, want %v", need, got[need].Answer, got[need].Caveat, warns, want)
		}
	}
}

// TestUncounted: where nobody saw a setting tell the disk to write, the verdict
// says so.
func TestUncounted(t *testing.T) {
	counted := strings.Replace(kill("application", "bolt", "sync", 0, 0)+" 0.5 fsyncs/write", "kill-application", "reopen", 1)
	for name, c := range map[string]struct {
		more []string
		want bool
	}{"counted": {[]string{counted}, false}, "not counted": {nil, true}} {
		v := answers(run(t, append(everything(), c.more...)...))["no server"]
		if got := strings.Contains(v.Caveat, "was not measured"); v.Answer != "bolt-sync" || got != c.want {
			t.Errorf("%s: %+v, want bolt-sync, and a word on the fsyncs: %v", name, v, c.want)
		}
	}
}

// TestSettingCaveat: what a setting may lose is said although this run met
// nothing of it.
func TestSettingCaveat(t *testing.T) {
	got := answers(run(t, append(everything(), web("redis", "everysec", 5000), kill("server", "redis", "everysec", 0, 0))...))
	v := got["when killed"]
	if v.Answer != "redis-everysec" || !strings.Contains(v.Caveat, "acknowledges before it writes") {
		t.Errorf("got %+v, want redis-everysec with a word on what a kill can cost", v)
	}
}

// TestMissingIsNamed: what might have answered and was not measured is said.
func TestMissingIsNamed(t *testing.T) {
	got := answers(run(t, append(everything(), "unavailable-postgres: no server", web("redis", "everysec", 5000))...))
	for need, want := range map[string]string{
		"whatever":              "postgres",
		"when they were killed": "redis-everysec",
		"when killed":           "redis-everysec",
	} {
		if !strings.Contains(got[need].Missing, want) {
			t.Errorf("%s: %q, want %s in it", need, got[need].Missing, want)
		}
	}
	if missing := got["no server"].Missing; missing != "" {
		t.Errorf("no server: %q, want nothing: both need one", missing)
	}
}

// TestNothingMeasured: without figures of survival nothing is said to survive.
func TestNothingMeasured(t *testing.T) {
	got := answers(run(t, web("bolt", "sync", 100), web("memcached", "none", 90)))
	if v := got["when they were killed"]; v.Answer != "not measured" || !strings.Contains(v.Missing, "bolt-sync") {
		t.Errorf("survival: %+v, want it not measured, and bolt-sync named", v)
	}
	if v := got["no server"]; v.Answer != "not measured" {
		t.Errorf("no server: %+v, want it not measured", v)
	}
	got = answers(run(t, web("memcached", "none", 90), kill("server", "memcached", "none", 100, 0)))
	if v := got["when they were killed"]; v.Answer != "none of those measured" {
		t.Errorf("survival of memcached: %+v, want none", v)
	}
	if v := got["Least"]; v.Need != "" {
		t.Errorf("room: %+v, want no answer", v)
	}
}

// TestNoise: figures that lie closer than one backend to itself are level.
func TestNoise(t *testing.T) {
	lines := []string{web("memory", "none", 1000), web("bolt", "sync", 930), web("bolt", "async", 800)}
	for _, c := range []struct{ ratio, want string }{
		{"1.02", "Next: bolt-sync, with 93"},
		{"0.9", "Level with it, as far as the figures can tell: bolt-sync."},
		{"1.3", "Level with it, as far as the figures can tell: bolt-sync and bolt-async."},
		{"", "Level with it, as far as the figures can tell: bolt-sync."}, // 15 % is assumed
	} {
		all := lines
		if c.ratio != "" {
			all = append(all, "BenchmarkNoise/op=Web/clients=64/backend=memory/durability=none 1 "+c.ratio+" ratio")
		}
		if got := answers(run(t, all...))["whatever"].Next; !strings.HasPrefix(got, c.want) {
			t.Errorf("noise %s: %q, want %q", c.ratio, got, c.want)
		}
	}
}

// TestYardstick: Web with the most clients decides; else Get; else what there
// is.
func TestYardstick(t *testing.T) {
	line := func(op, size string, clients int) string {
		return fmt.Sprintf("Benchmark%s/size=%s/clients=%d/backend=bolt/durability=sync 5000 10 p50-ns 7 ops/s", op, size, clients)
	}
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{[]string{line("Get", "1KiB", 64), line("Web", "1KiB", 1), line("Web", "1KiB", 8), line("Set", "1KiB", 64)}, "Web 1024 8"},
		{[]string{line("Web", "16KiB", 64), line("Web", "1KiB", 1)}, "Web 1024 1"},
		{[]string{line("Set", "1KiB", 64), line("Get", "128B", 1)}, "Get 128 1"},
		{[]string{line("Set", "1KiB", 64)}, "Set 1024 64"},
	} {
		y := newYardstick(run(t, c.lines...))
		if got := fmt.Sprint(y.op, " ", y.sizeBytes, " ", y.clients); got != c.want || len(y.ranking) != 1 {
			t.Errorf("%q: %s with %d figures, want %s with one", c.lines, got, len(y.ranking), c.want)
		}
	}
}

// TestLeastRoom: the most sessions that all targets have decide.
func TestLeastRoom(t *testing.T) {
	cost := func(backend, sessions string, bytes int) string {
		return fmt.Sprintf("BenchmarkGrowthCost/sessions=%s/backend=%s/durability=none 1 %d B/session", sessions, backend, bytes)
	}
	r := run(t, cost("memory", "1k", 900), cost("redis", "1k", 100), cost("memory", "10k", 300), cost("redis", "10k", 400), cost("memory", "1M", 200))
	if v := answers(r)["Least"]; v.Answer != "memory" || !strings.Contains(v.Because, "300"+nbsp+"B") || !strings.Contains(v.Because, "10k") {
		t.Errorf("got %+v, want memory with 300 B among 10k", v)
	}
}
