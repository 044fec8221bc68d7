package main

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// event is a line of go test -json; see go doc test2json.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// report gathers the results of a run and prints them to w.
type report struct {
	w           io.Writer
	mustNotSkip bool
	packages    map[string]*pkg
	builds      map[string]string // output of the compiler, by import path

	passed   int
	skips    []string
	problems []string // what failed, one line each
	tests    []timing
	times    []timing // of packages
}

// pkg is a package whose tests are running.
type pkg struct {
	tests  map[string]*test
	order  []*test // as they began; the first is the package itself
	failed int
}

// test is one test or subtest, or with an empty name what the package printed
// outside of any.
type test struct {
	name   string
	action string // pass, fail or skip; empty while it runs
	output strings.Builder

	hasSubtest    bool
	failedSubtest bool
}

type timing struct {
	name string
	took time.Duration
}

func newReport(w io.Writer) *report {
	return &report{w: w, packages: map[string]*pkg{}, builds: map[string]string{}}
}

func (r *report) problem(format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

func (r *report) event(e event) {
	switch e.Action {
	case "build-output":
		r.builds[e.ImportPath] += e.Output
		return
	case "build-fail":
		return // the package that needs it fails, too
	}
	p := r.packages[e.Package]
	if p == nil {
		p = &pkg{tests: map[string]*test{}}
		p.test("")
		r.packages[e.Package] = p
	}
	t := p.test(e.Test)
	switch e.Action {
	case "output":
		t.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		t.action = e.Action
		took := time.Duration(e.Elapsed * float64(time.Second))
		if t.name != "" {
			r.endTest(p, t, e.Package, took)
			return
		}
		r.endPackage(p, e, took)
		delete(r.packages, e.Package)
	}
}

// test returns the test of that name, made where it is new.
func (p *pkg) test(name string) *test {
	t := p.tests[name]
	if t == nil {
		t = &test{name: name}
		p.tests[name] = t
		p.order = append(p.order, t)
		if parent := p.parent(t); parent != nil {
			parent.hasSubtest = true
		}
	}
	return t
}

// parent returns the test that runs t as a subtest, or nil.
func (p *pkg) parent(t *test) *test {
	i := strings.LastIndexByte(t.name, '/')
	for i > 0 { // a subtest's own name may hold slashes: Data/Any
		if parent := p.tests[t.name[:i]]; parent != nil {
			return parent
		}
		i = strings.LastIndexByte(t.name[:i], '/')
	}
	return nil
}

// endTest counts a test. One with subtests counts through them, unless it
// failed or was skipped by itself.
func (r *report) endTest(p *pkg, t *test, path string, took time.Duration) {
	name := path + " " + t.name
	if !t.hasSubtest {
		r.tests = append(r.tests, timing{name, took})
	}
	switch t.action {
	case "pass":
		if !t.hasSubtest {
			r.passed++
		}
		if !t.showsCrash() {
			t.output.Reset()
		}
	case "skip":
		reason := t.reason()
		if r.mustNotSkip && !granted(t.name, reason) {
			r.problem("%s: skipped: %s", name, reason)
			return
		}
		r.skips = append(r.skips, name+": "+reason)
	case "fail":
		p.failed++
		if parent := p.parent(t); parent != nil {
			parent.failedSubtest = true
		}
		if !t.failedSubtest {
			r.problem("%s", name)
		}
	}
}

func (r *report) endPackage(p *pkg, e event, took time.Duration) {
	switch {
	case e.Action == "fail":
		fmt.Fprintf(r.w, "FAIL   %6.1fs  %s\n", e.Elapsed, e.Package)
		r.explain(p, e)
	case len(p.order) == 1:
		fmt.Fprintf(r.w, "no tests       %s\n", e.Package)
		return
	default:
		fmt.Fprintf(r.w, "ok     %6.1fs  %s\n", e.Elapsed, e.Package)
	}
	r.times = append(r.times, timing{e.Package, took})
	if took > packageLimit {
		r.problem("%s took %.0f s; at most %.0f s are allowed", e.Package, e.Elapsed, packageLimit.Seconds())
	}
}

// explain prints what a failed package said, without the tests that passed.
func (r *report) explain(p *pkg, e event) {
	fmt.Fprint(r.w, r.builds[e.FailedBuild])
	var open []string
	own := p.order[0] // what concerns the whole package reads best after its tests
	for _, t := range append(p.order[1:], own) {
		if t.action != "skip" {
			io.WriteString(r.w, t.output.String())
		}
		if t.action == "" {
			open = append(open, t.name)
		}
	}
	if len(open) > 0 {
		fmt.Fprintf(r.w, "did not end: %s\n", strings.Join(open, ", "))
	}
	if p.failed == 0 {
		r.problem("%s", e.Package)
	}
}

// showsCrash reports whether t printed what may explain the failure of another
// test: the report of a race goes to whichever test happens to run.
func (t *test) showsCrash() bool {
	s := t.output.String()
	return strings.Contains(s, "WARNING: DATA RACE") || strings.Contains(s, "panic: ") || strings.Contains(s, "fatal error: ")
}

// granted reports whether a test may be skipped. Only the suite's example of a
// third party's store may lack hooks and capabilities without a word about it:
// that is what it shows. Our own backends name what they lack.
func granted(test, reason string) bool {
	return strings.HasPrefix(reason, "lacks: ") || strings.HasPrefix(test, "TestThirdParty/") && thirdParty.MatchString(reason)
}

var thirdParty = regexp.MustCompile(`^\S+( needs Harness\.|: the store does not support )`)

var logLine = regexp.MustCompile(`^\s+[^\s:]+\.go:\d+: (.*)`)

// reason returns the message of t's last log line: that of its Skip.
func (t *test) reason() string {
	reason := "(no reason given)"
	for line := range strings.Lines(t.output.String()) {
		if m := logLine.FindStringSubmatch(line); m != nil {
			reason = m[1]
		}
	}
	return reason
}

// summary prints the totals and reports whether nothing failed. Whole is the
// time since the run began.
func (r *report) summary(whole time.Duration) bool {
	r.list("skipped", r.skips)
	r.list("the ten slowest tests", slowest(r.tests, 10))
	r.list("time per package", slowest(r.times, len(r.times)))
	r.list("failed", r.problems)
	fmt.Fprintf(r.w, "\nthe whole run took %s\n", whole.Round(time.Second))
	if whole > wholeLimit {
		fmt.Fprintf(r.w, "WARNING: that is more than %s\n", wholeLimit)
	}
	fmt.Fprintf(r.w, "%d passed, %d failed, %d skipped\n", r.passed, len(r.problems), len(r.skips))
	return len(r.problems) == 0
}

func (r *report) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(r.w, "\n%s:\n", title)
	for _, l := range lines {
		fmt.Fprintf(r.w, "  %s\n", l)
	}
}

// slowest returns the n longest of all, the longest first.
func slowest(all []timing, n int) []string {
	sorted := slices.SortedStableFunc(slices.Values(all), func(a, b timing) int {
		return cmp.Compare(b.took, a.took)
	})
	var lines []string
	for _, t := range sorted[:min(n, len(sorted))] {
		lines = append(lines, fmt.Sprintf("%7.2fs  %s", t.took.Seconds(), t.name))
	}
	return lines
}
