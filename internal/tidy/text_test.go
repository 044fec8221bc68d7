package tidy

import (
	"bytes"
	"os/exec"
	"regexp"
	"testing"
)

// maxLines is where a file of the library most likely holds two ideas.
const maxLines = 500

func TestFilesAreShort(t *testing.T) {
	for _, f := range source(t, false) {
		if n := bytes.Count(f.text, []byte("\n")); n > maxLines {
			t.Errorf("%s has %d lines, want at most %d: usually two ideas share one room", f.name, n, maxLines)
		}
	}
}

// machine matches paths and addresses of the machine that somebody worked on.
var machine = regexp.MustCompile(`(?m)(^|[\s"'` + "`" + `=:(])/(work|home|root|Users)/|GOPROXY[=]|https?://[a-z0-9.-]*(proxy|mirror|artifactory)[a-z0-9.-]*`)

// TestTextSpeaksOfTheProject: what is said in the repository holds on every
// machine.
func TestTextSpeaksOfTheProject(t *testing.T) {
	for _, f := range all(t) {
		for _, m := range machine.FindAllIndex(f.text, -1) {
			line := 1 + bytes.Count(f.text[:m[0]], []byte("\n"))
			t.Errorf("%s:%d: %q belongs to one machine", f.name, line, bytes.TrimSpace(f.text[m[0]:m[1]]))
		}
	}
}

// generated has the files that a command writes: the command, run from the
// root, prints what the file must hold.
var generated = map[string][]string{}

var generatedMark = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestGeneratedFilesAreFresh(t *testing.T) {
	for _, f := range all(t) {
		command, ok := generated[f.name]
		if !ok {
			if generatedMark.Match(f.text) {
				t.Errorf("%s is generated, and nothing checks that it is fresh: add its command to internal/tidy", f.name)
			}
			continue
		}
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Dir = root
		want, err := cmd.Output()
		if err != nil {
			t.Fatalf("%q: %v", command, err)
		}
		if !bytes.Equal(f.text, want) {
			t.Errorf("%s is stale: write the output of %q to it", f.name, command)
		}
	}
}
