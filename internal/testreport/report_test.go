package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// feed returns the report on stream, which holds lines of go test -json.
func feed(t *testing.T, mustNotSkip bool, stream string) (*report, string) {
	t.Helper()
	var out strings.Builder
	r := newReport(&out)
	r.mustNotSkip = mustNotSkip
	if err := read(r, strings.NewReader(stream)); err != nil {
		t.Fatal(err)
	}
	r.summary(time.Minute)
	return r, out.String()
}

const nested = `
{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN TestA\n"}
{"Action":"run","Package":"p","Test":"TestA/Data/Any"}
{"Action":"output","Package":"p","Test":"TestA/Data/Any","Output":"    a_test.go:7: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestA/Data/Any","Elapsed":2}
{"Action":"run","Package":"p","Test":"TestA/Good"}
{"Action":"output","Package":"p","Test":"TestA/Good","Output":"    a_test.go:9: all is well\n"}
{"Action":"pass","Package":"p","Test":"TestA/Good","Elapsed":1}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":3}
{"Action":"fail","Package":"p","Elapsed":3}
`

func TestFailureInFullAndCountedOnce(t *testing.T) {
	r, out := feed(t, true, nested)
	if r.passed != 1 || !slices.Equal(r.problems, []string{"p TestA/Data/Any"}) {
		t.Errorf("got %d passed, problems %q; want 1 and the subtest alone", r.passed, r.problems)
	}
	if !strings.Contains(out, "got 1, want 2") {
		t.Errorf("the failure's message is not in the report:\n%s", out)
	}
	if strings.Contains(out, "all is well") {
		t.Errorf("what a passed test printed is in the report:\n%s", out)
	}
	if want := "\n1 passed, 1 failed, 0 skipped\n"; !strings.HasSuffix(out, want) {
		t.Errorf("got as the end %q, want %q", out, want)
	}
}

func TestSkip(t *testing.T) {
	skip := func(test, reason string) string {
		return strings.ReplaceAll(`
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: `+reason+`\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"pass","Package":"p","Elapsed":0.1}
`, "TestA", test)
	}
	for _, c := range []struct {
		test, reason string
		mustNotSkip  bool
		want         string
	}{
		{"TestA", "no server", false, "0 passed, 0 failed, 1 skipped"},
		{"TestA", "no server", true, "0 passed, 1 failed, 0 skipped"},
		{"TestA", "lacks: Ctx/Cancel: not here", true, "0 passed, 0 failed, 1 skipped"},
		{"TestA", "Restart/Clean needs Harness.Reopen, which is nil", true, "0 passed, 1 failed, 0 skipped"},
		{"TestThirdParty/R", "Restart/Clean needs Harness.Reopen, which is nil", true, "0 passed, 0 failed, 1 skipped"},
		{"TestThirdParty/R", "List/All: the store does not support All", true, "0 passed, 0 failed, 1 skipped"},
		{"TestThirdParty/R", "no server", true, "0 passed, 1 failed, 0 skipped"},
	} {
		_, out := feed(t, c.mustNotSkip, skip(c.test, c.reason))
		if !strings.HasSuffix(out, "\n"+c.want+"\n") {
			t.Errorf("%q, mustNotSkip %v: got as the end of the report %q, want %q", c.reason, c.mustNotSkip, out, c.want)
		}
		if !strings.Contains(out, c.reason) {
			t.Errorf("%q is not in the report:\n%s", c.reason, out)
		}
	}
}

func TestBuildFailure(t *testing.T) {
	r, out := feed(t, true, `
{"ImportPath":"p [p.test]","Action":"build-output","Output":"p/a.go:1:1: undefined: x\n"}
{"ImportPath":"p [p.test]","Action":"build-fail"}
{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","Elapsed":0,"FailedBuild":"p [p.test]"}
`)
	if !slices.Equal(r.problems, []string{"p"}) || !strings.Contains(out, "undefined: x") {
		t.Errorf("got problems %q, want the package, and the compiler's words in:\n%s", r.problems, out)
	}
}

func TestCrash(t *testing.T) {
	r, out := feed(t, true, `
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"WARNING: DATA RACE\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Output":"signal: killed\n"}
{"Action":"fail","Package":"p","Elapsed":1}
`)
	if !slices.Equal(r.problems, []string{"p"}) {
		t.Errorf("got problems %q, want the package", r.problems)
	}
	for _, want := range []string{"DATA RACE", "signal: killed", "did not end: TestB"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in the report:\n%s", want, out)
		}
	}
}

func TestSlowPackageFails(t *testing.T) {
	r, _ := feed(t, true, `
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":1}
{"Action":"pass","Package":"p","Elapsed":241}
`)
	if len(r.problems) != 1 {
		t.Errorf("got problems %q, want one on the time", r.problems)
	}
}

func TestNotJSON(t *testing.T) {
	var out strings.Builder
	if err := read(newReport(&out), strings.NewReader("go: no such module\n")); err == nil {
		t.Error("got no error for output that is not JSON")
	}
	if !strings.Contains(out.String(), "no such module") {
		t.Errorf("go's words are not passed on; got %q", out.String())
	}
}
