package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/compare"
	"github.com/coatcheck/sessionstore/bench/target"
)

// seconds is a plan that takes no longer.
func seconds() compare.Plan {
	return compare.Plan{
		Configs:   []target.Config{{Backend: "memory", Durability: "none"}, {Backend: "bolt", Durability: "async"}},
		Workloads: []string{"Web"}, SizeBytes: []int{1024}, Clients: []int{2}, Sessions: 100,
		Rounds: 2, RoundTime: 2 * time.Millisecond,
	}
}

// TestMeasure: what is measured is shown and written, what it replaces is
// named, and nothing else is left.
func TestMeasure(t *testing.T) {
	dir, temp := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	for _, replaces := range []bool{false, true} {
		var out, errs bytes.Buffer
		if err := measure(options{dir: dir}, seconds(), &out, &errs); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(errs.String(), "results.txt will be replaced"); got != replaces {
			t.Errorf("it says that results are replaced: %v, want %v", got, replaces)
		}
		if !strings.Contains(out.String(), "bolt-async") || !strings.Contains(out.String(), filepath.Join(dir, reportName)) {
			t.Errorf("got no table, or not where the report is:\n%s", &out)
		}
	}
	if got := names(t, dir); got != "report.html results.txt" {
		t.Errorf("written: %s", got)
	}
	if got := names(t, temp); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

// TestMeasureInPart: a part that fails is an error, and the rest is written.
func TestMeasureInPart(t *testing.T) {
	dir := t.TempDir()
	plan := seconds()
	plan.Clients = []int{1, 200} // of 100 sessions
	var out, errs bytes.Buffer
	err := measure(options{dir: dir}, plan, &out, &errs)
	if code := status(err, &errs); code != 1 || !strings.Contains(errs.String(), "200 clients") {
		t.Errorf("status %d, %s, want 1 and the part", code, &errs)
	}
	if text, err := os.ReadFile(filepath.Join(dir, resultsName)); err != nil || !bytes.Contains(text, []byte("incomplete: ")) {
		t.Errorf("the results are not marked as incomplete: %v\n%s", err, text)
	}
}

// TestNothingMeasured: nothing is written over what is there.
func TestNothingMeasured(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv("SESSIONSTORE_SERVERS", "local")
	plan := compare.Quick().Only([]string{"redis"})
	var out, errs bytes.Buffer
	err := measure(options{dir: dir}, plan, &out, &errs)
	if err == nil || !strings.Contains(fmt.Sprint(err), "apt-get install redis-server") || names(t, dir) != "" {
		t.Errorf("got %v, and %q, want the cure, and no files", err, names(t, dir))
	}
}
