// Command testreport runs every test of the modules in the given directories
// and says what a reader wants to know: each package's result as it comes,
// failures in full, skips with their reasons, the slowest tests, and at the end
// a line for programs: N passed, N failed, N skipped.
//
// Each module is tested as its users get it, without a workspace, with the race
// detector, and never from go test's cache.
//
// In the module of the working directory a skip counts as a failure: a check
// that was left out and that nobody hears of is a defect. The exceptions are the
// words of storetest for what does not apply to a store, such as the restart of
// a server where there is none: "lacks: …" and "Area/Rule needs Harness.Hook".
// They are listed. Other modules may skip.
//
//	testreport [-began UNIX] [-failed CHECK]... DIR...
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

const (
	packageLimit = 4 * time.Minute  // a package above it fails
	wholeLimit   = 25 * time.Minute // a run above it is warned about
)

func main() {
	began := flag.Int64("began", time.Now().Unix(), "when the whole run began, in seconds since 1970")
	r := newReport(os.Stdout)
	flag.Func("failed", "a check that failed before the tests and counts as failed", func(name string) error {
		r.problem("check %s", name)
		return nil
	})
	flag.Parse()
	here, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	for _, dir := range flag.Args() {
		r.mustNotSkip = dir == here || dir == "."
		if err := run(r, dir); err != nil {
			r.problem("go test in %s: %v", dir, err)
		}
	}
	if !r.summary(time.Since(time.Unix(*began, 0))) {
		os.Exit(1)
	}
}

// run tests the module in dir. A failed test is for r to report; the error is
// what else went wrong.
func run(r *report, dir string) error {
	cmd := exec.Command("go", "test", "-json", "-race", "-count=1", "-vet=off", "-timeout", packageLimit.String(), "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	before := len(r.problems)
	readErr := read(r, out)
	if err := cmd.Wait(); err != nil && len(r.problems) == before {
		return err
	}
	return readErr
}

// read hands the events in out to r and passes on what is no event.
func read(r *report, out io.Reader) error {
	dec := json.NewDecoder(out)
	for {
		var e event
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			io.Copy(r.w, io.MultiReader(dec.Buffered(), out))
			return fmt.Errorf("its output is not JSON: %w", err)
		}
		r.event(e)
	}
}
