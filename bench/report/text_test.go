package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// TestText: the terminal gets each answer, each backend, and what is missing,
// in lines that fit.
func TestText(t *testing.T) {
	const wide = 120
	var b bytes.Buffer
	if err := Text(&b, sample(t, "interrupted.txt")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Several processes share it, nothing lost ", "redis-always ", "0.2 % lost", "not run: postgres: no postgres below",
		"left out: 128 B and 16 KiB; ", "incomplete: interrupted after 31 s", "a session with 512B of data",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not said in\n%s", want, &b)
		}
	}
	table, _, _ := strings.Cut(b.String(), "\nGet, Set: ")
	for line := range strings.Lines(table) {
		if n := len([]rune(line)); n > wide {
			t.Errorf("a line of %d letters: %s", n, line)
		}
	}
	if strings.Contains(b.String(), nbsp) {
		t.Error("a space that is none for a terminal")
	}
	if err := Text(failing{}, sample(t, "interrupted.txt")); err == nil {
		t.Error("a terminal that has gone: no error")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("gone") }
