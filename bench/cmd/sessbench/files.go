package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/report"
)

// The names of what is written. An incomplete run never replaces what is there.
const (
	resultsName = "results.txt"
	reportName  = "report.html"
	incomplete  = "incomplete-"
)

// prepare makes the directory and sees that files can be written to it: better
// now than after half an hour. It returns the files there that would be
// replaced.
func prepare(dir string, names ...string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	probe, err := os.CreateTemp(dir, ".sessbench-*")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return nil, err
	}
	var there []string
	for _, name := range names {
		if exists(filepath.Join(dir, name)) {
			there = append(there, filepath.Join(dir, name))
		}
	}
	return there, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// save writes results and report, and returns their paths. The report is made
// of the file, whose figures are rounded, so that it is the same when it is made
// again.
func save(dir string, run *figures.Run) ([]string, error) {
	prefix := ""
	if run.Setting("incomplete") != "" && (exists(filepath.Join(dir, resultsName)) || exists(filepath.Join(dir, reportName))) {
		prefix = incomplete
	}
	results, page := filepath.Join(dir, prefix+resultsName), filepath.Join(dir, prefix+reportName)
	if err := replace(results, run.Write); err != nil {
		return nil, err
	}
	run, err := load(results)
	if err != nil {
		return nil, err
	}
	return []string{results, page}, render(page, run)
}

func render(path string, run *figures.Run) error {
	return replace(path, func(w io.Writer) error { return report.Render(w, run) })
}

// replace writes a file beside the old one and puts it in its place when it is
// whole.
func replace(path string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	next := path + ".new"
	if err := os.WriteFile(next, b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// load reads a results file.
func load(path string) (*figures.Run, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return figures.Read(file, path)
}
