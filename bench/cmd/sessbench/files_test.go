package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// little is a run with one figure.
func little() *figures.Run {
	return &figures.Run{Latencies: []figures.Latency{{
		Op: "Get", SizeBytes: 1024, Clients: 1, Target: figures.Target{Backend: "bolt", Durability: "sync"}, N: 1, PerSecond: 7,
	}}}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// TestSave: a complete run replaces what is there, an incomplete one does not.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	run := little()
	run.Set("incomplete", "interrupted")
	if _, err := save(dir, run); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "report.html results.txt" {
		t.Errorf("an incomplete run where there is none: %s", got)
	}
	run.Set("incomplete", "")
	if _, err := save(dir, run); err != nil {
		t.Fatal(err)
	}
	read, err := load(filepath.Join(dir, resultsName))
	if err != nil || read.Setting("incomplete") != "" || len(read.Latencies) != 1 {
		t.Errorf("a complete run after it: %+v, %v, want it in results.txt", read, err)
	}
	run.Set("incomplete", "interrupted")
	paths, err := save(dir, run)
	if err != nil || filepath.Base(paths[0]) != "incomplete-results.txt" {
		t.Errorf("an incomplete run beside a complete one: %q, %v", paths, err)
	}
	if got := names(t, dir); got != "incomplete-report.html incomplete-results.txt report.html results.txt" {
		t.Errorf("in the end: %s", got)
	}
}

// TestSameReport: the report that is made with the results and the one that is
// made of them later are the same.
func TestSameReport(t *testing.T) {
	dir := t.TempDir()
	run := little()
	run.Latencies[0].PerSecond = 123456.789
	if _, err := save(dir, run); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(filepath.Join(dir, reportName))
	if err != nil {
		t.Fatal(err)
	}
	if err := again(options{from: filepath.Join(dir, resultsName), dir: dir}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(filepath.Join(dir, reportName))
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the reports differ: %v", err)
	}
}

// TestPrepare: a directory that cannot be written to is told at once, and what
// would be replaced is named.
func TestPrepare(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "one")
	if there, err := prepare(dir, resultsName); err != nil || there != nil || names(t, dir) != "" {
		t.Errorf("a new directory: %q, %v, and %q in it", there, err, names(t, dir))
	}
	file := filepath.Join(dir, resultsName)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if there, err := prepare(dir, resultsName, reportName); err != nil || !slices.Equal(there, []string{file}) {
		t.Errorf("a directory with results: %q, %v, want those", there, err)
	}
	if _, err := prepare(file); err == nil {
		t.Error("a file where the directory should be: no error")
	}
}

// TestFrom makes a report again.
func TestFrom(t *testing.T) {
	dir := t.TempDir()
	var out, errs bytes.Buffer
	args := []string{"-from", filepath.Join("..", "..", "report", "testdata", "synthetic.txt"), "-o", dir}
	for _, replaced := range []bool{false, true} {
		out.Reset()
		if code := run(args, &out, &errs); code != 0 {
			t.Fatalf("status %d: %s", code, &errs)
		}
		if got := strings.Contains(out.String(), "Replacing"); got != replaced {
			t.Errorf("it says that it replaces a file: %v, want %v", got, replaced)
		}
	}
	if got := names(t, dir); got != "report.html" {
		t.Errorf("written: %s, want report.html", got)
	}
	for _, want := range []string{"Which one should I take?", "bolt-sync", "redis-snapshot", "deleted came back", reportName} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table does not have %q:\n%s", want, &out)
		}
	}
	for name, want := range map[string]string{"absent.txt": "no such file", "main_test.go": "no results"} {
		errs.Reset()
		if code := run([]string{"-from", name, "-o", dir}, &out, &errs); code != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("-from %s: status %d, %q, want 1 and %q", name, code, &errs, want)
		}
	}
}
