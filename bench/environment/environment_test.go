package environment

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"
)

func TestRead(t *testing.T) {
	for _, s := range Read(t.Context(), t.TempDir()) {
		t.Logf("%s: %s", s.Key, s.Value)
		line := s.Key + ": " + s.Value + "\n"
		r := benchfmt.NewReader(strings.NewReader(line+"BenchmarkX 1 1 ns/op\n"), "text")
		for r.Scan() {
			if result, ok := r.Result().(*benchfmt.Result); ok && result.GetConfig(s.Key) != s.Value {
				t.Errorf("%q is read as %q", line, result.GetConfig(s.Key))
			}
		}
		if s.Value == "" {
			t.Errorf("%s has no value", s.Key)
		}
		if s.Key == "date" {
			if at, err := time.Parse(time.RFC3339, s.Value); err != nil || time.Since(at) > time.Minute {
				t.Errorf("date %s is not now: %v", s.Value, err)
			}
		}
	}
}

// TestCommit has a clone of its own, first without and then with changes.
func TestCommit(t *testing.T) {
	dir := t.TempDir()
	if got := commit(t.Context(), dir); got != unknown {
		t.Errorf("where there is no clone: got %q, want %q", got, unknown)
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@example.com"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	file := filepath.Join(dir, "file")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	write("one")
	git("add", "file")
	git("commit", "-q", "-m", "one")
	clean := commit(t.Context(), dir)
	if len(clean) != 12 {
		t.Errorf("got %q, want 12 digits", clean)
	}
	write("two")
	if got, want := commit(t.Context(), dir), clean+" with changes"; got != want {
		t.Errorf("after a change: got %q, want %q", got, want)
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		dir, mount string
		want       bool
	}{
		{"/a/b", "/", true}, {"/a/b", "/a", true}, {"/a/b", "/a/b", true},
		{"/a/b", "/a/bc", false}, {"/a/bc", "/a/b", false}, {"/a", "/a/b", false}, {"/..a", "/", true},
	} {
		if got := within(filepath.FromSlash(c.dir), filepath.FromSlash(c.mount)); got != c.want {
			t.Errorf("%s is within %s: got %v, want %v", c.dir, c.mount, got, c.want)
		}
	}
}
