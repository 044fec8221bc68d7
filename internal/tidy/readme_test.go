package tidy

import (
	"encoding/json"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")
	program = regexp.MustCompile(`(?m)^package main$`)
)

// TestReadmeCompiles builds the programs of the README as they stand there. Its
// fragments, and the test of a package that only the reader has, are not.
func TestReadmeCompiles(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	built := 0
	for _, m := range goBlock.FindAllStringSubmatch(strings.ReplaceAll(string(text), "\r\n", "\n"), -1) {
		if program.MatchString(m[1]) {
			built++
			if want, err := format.Source([]byte(m[1])); err == nil && string(want) != m[1] {
				t.Errorf("a program of the README is not as gofmt would have it: want\n%s", want)
			}
			build(t, m[1])
		}
	}
	if built == 0 {
		t.Error("the README has no program: this test looks for ```go and package main")
	}
}

// build compiles a program inside the root module, laid over it in a directory
// that is not there.
func build(t *testing.T, text string) {
	t.Helper()
	dir := t.TempDir()
	source, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	at, err := filepath.Abs(filepath.Join(root, "readme", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {at: source}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", filepath.Join(dir, "program"), "./readme")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("a program of the README does not compile: %v\n%s", err, out)
	}
}
