package results

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/compare"
	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/report"
)

// updateVariable writes what is stale instead of failing, as for the table of
// round trips.
const updateVariable = "STORETEST_UPDATE"

const (
	resultsFile = "results.txt"
	reportFile  = "report.html"
)

var readmeFile = filepath.Join("..", "..", "README.md")

// tables are the README's, by the words of their marks.
var tables = map[string]func(*figures.Run) string{
	"latency":  report.Latency,
	"survival": report.Survival,
}

// published returns the published run.
func published(t *testing.T) *figures.Run {
	t.Helper()
	file, err := os.Open(resultsFile)
	if err != nil {
		t.Fatalf("%v: publish one with go run ./bench/cmd/sessbench -full -o bench/results", err)
	}
	defer file.Close()
	run, err := figures.Read(file, resultsFile)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// TestRunIsFit: what is published is a full run, on every backend, that nothing
// was changed in after the commit it names.
func TestRunIsFit(t *testing.T) {
	for _, flaw := range flaws(published(t)) {
		t.Error(flaw)
	}
}

// flaws returns why a run should not be published.
func flaws(run *figures.Run) []string {
	var all []string
	for _, key := range []string{"note", "incomplete"} {
		if text := run.Setting(key); text != "" {
			all = append(all, key+": "+text)
		}
	}
	full := compare.Full()
	if !slices.Equal(run.LeftOut(), full.LeftOut) {
		all = append(all, fmt.Sprintf("left-out: %q, and a full run leaves out %q", run.LeftOut(), full.LeftOut))
	}
	all = append(all, gaps(run, full)...)
	for _, s := range run.Unavailable() {
		all = append(all, s.Key+" could not run: "+s.Value)
	}
	for _, key := range []string{"date", "commit", "machine", "disk", "go", "harness"} {
		if text := run.Setting(key); text == "" || text == "unknown" {
			all = append(all, "the head does not say the "+key)
		}
	}
	if strings.HasSuffix(run.Setting("commit"), "with changes") {
		all = append(all, "it was measured with changes that are in no commit")
	}
	for what, n := range map[string]int{
		"latencies": len(run.Latencies), "restarts": len(run.Restarts), "growth": len(run.Growths),
		"costs": len(run.Costs), "peers": len(run.Peers), "noise": len(run.Noises), "baselines": len(run.Baselines),
	} {
		if n == 0 {
			all = append(all, "it has no figures of "+what)
		}
	}
	return all
}

// gaps returns which figures of a plan a run does not have: one for each
// operation, and for each setting that has been restarted.
func gaps(run *figures.Run, plan compare.Plan) []string {
	var all []string
	for _, op := range plan.Workloads {
		missing := 0
		for _, c := range plan.Configs {
			for _, size := range plan.SizeBytes {
				for _, clients := range plan.Clients {
					if _, ok := run.Latency(op, size, clients, figures.Target(c)); !ok {
						missing++
					}
				}
			}
		}
		if missing > 0 {
			all = append(all, fmt.Sprintf("%d figures of %s are missing", missing, op))
		}
	}
	for _, cell := range plan.Restarts {
		if !slices.ContainsFunc(run.Restarts, func(s figures.Restart) bool {
			return s.Event == string(cell.Event) && s.Target == figures.Target(cell.Config) && s.Peer == cell.Peer
		}) {
			all = append(all, cell.Name()+" is missing")
		}
	}
	return all
}

// TestReport: the page is that of the results file.
func TestReport(t *testing.T) {
	run := published(t)
	var want bytes.Buffer
	if err := report.Render(&want, run); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(reportFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if bytes.Equal(got, want.Bytes()) {
		return
	}
	settle(t, reportFile, want.Bytes())
}

// TestReadme: the README's tables are those of the results file.
func TestReadme(t *testing.T) {
	run := published(t)
	old, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	text := string(old)
	for name, table := range tables {
		before, _, after, found := marked(text, name)
		begin, end := marks(name)
		if !found {
			t.Errorf("README.md has no lines %q and %q: the table of %s belongs between them", begin, end, name)
			continue
		}
		text = before + begin + table(run) + end + after
	}
	if text != string(old) {
		settle(t, readmeFile, []byte(text))
	}
}

// settle writes the file where that was asked for, and fails otherwise.
func settle(t *testing.T, path string, want []byte) {
	t.Helper()
	if os.Getenv(updateVariable) == "" {
		t.Errorf("%s is stale: write it with make figures", filepath.Base(path))
		return
	}
	if err := os.WriteFile(path, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

func marks(name string) (begin, end string) {
	return "<!-- " + name + ": begin -->\n", "<!-- " + name + ": end -->"
}

// marked cuts a text at the marks of a table.
func marked(text, name string) (before, table, after string, found bool) {
	begin, end := marks(name)
	before, rest, hasBegin := strings.Cut(text, begin)
	table, after, hasEnd := strings.Cut(rest, end)
	return before, table, after, hasBegin && hasEnd
}

// TestFlaws: what should not be published is told.
func TestFlaws(t *testing.T) {
	read := func(name string) *figures.Run {
		t.Helper()
		file, err := os.Open(filepath.Join("..", "report", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		run, err := figures.Read(file, name)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	if got := flaws(read("synthetic.txt")); !strings.Contains(strings.Join(got, "\n"), "synthetic") {
		t.Errorf("made-up figures: %q, want their note", got)
	}
	for want, flaw := range map[string]func(*figures.Run){
		"with changes":           func(r *figures.Run) { r.Set("commit", "0123456789ab with changes") },
		"1 figures of Get":       func(r *figures.Run) { r.Latencies = r.Latencies[1:] },
		"event=reopen":           func(r *figures.Run) { r.Restarts = r.Restarts[1:] },
		"postgres could not run": func(r *figures.Run) { r.SetUnavailable("postgres", "no server") },
	} {
		run := published(t)
		flaw(run)
		if got := flaws(run); len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("got %q, want one flaw with %q", got, want)
		}
	}
	got := strings.Join(flaws(read("interrupted.txt")), "\n")
	for _, want := range []string{"incomplete", "left-out", "memcached could not run", "no figures of peers"} {
		if !strings.Contains(got, want) {
			t.Errorf("an incomplete run: %q, want %q", got, want)
		}
	}
}

func TestMarked(t *testing.T) {
	before, table, after, found := marked("a\n<!-- x: begin -->\nb\n<!-- x: end -->\nc", "x")
	if before != "a\n" || table != "b\n" || after != "\nc" || !found {
		t.Errorf("got %q, %q, %q, %v", before, table, after, found)
	}
	for _, text := range []string{"", "<!-- x: end -->\n<!-- x: begin -->\n", "<!-- y: begin -->\n<!-- y: end -->\n"} {
		if _, _, _, found := marked(text, "x"); found {
			t.Errorf("%q: marks found", text)
		}
	}
}
