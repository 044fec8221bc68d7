package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var testName = regexp.MustCompile(`(?m)^func Test((?:[A-I]\d)+)[A-Z]\w*\(`)

// TestEveryLineHasATest looks for a test by the name of each line of what the
// program must do, so that go test -run A1 finds it: A, the happy path; B,
// errors; C, cookie and headers; D, fixation; E, time; F, cross-site requests;
// G, concurrency; H, restarts and backends; I, privacy and control.
func TestEveryLineHasATest(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	must(t, err)
	found := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, m := range testName.FindAllStringSubmatch(string(text), -1) {
			for names := m[1]; names != ""; names = names[2:] {
				found[names[:2]] = true
			}
		}
	}
	for area, lines := range map[string]int{"A": 5, "B": 9, "C": 6, "D": 4, "E": 7, "F": 3, "G": 5, "H": 4, "I": 5} {
		for line := range lines {
			if name := fmt.Sprint(area, line+1); !found[name] {
				t.Errorf("there is no test of %s", name)
			}
		}
	}
}
