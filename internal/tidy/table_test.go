package tidy

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// updateVariable writes the README's tables instead of comparing them.
const updateVariable = "STORETEST_UPDATE"

// TestRoundTripTable compares the README's table with the numbers that each
// backend's conformance suite has measured.
func TestRoundTripTable(t *testing.T) {
	const begin, end = "<!-- round trips: begin -->\n", "<!-- round trips: end -->"
	path := filepath.Join(root, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	old, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("README.md has no %q and %q: the table of round trips belongs between them", begin, end)
	}
	table := roundTripTable(t)
	if old == table {
		return
	}
	if os.Getenv(updateVariable) == "" {
		t.Fatalf("the README's table of round trips is stale; write it with %s=1 go test ./internal/tidy\ngot\n%s\nwant\n%s",
			updateVariable, old, table)
	}
	if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// roundTripTable has a row for each operation and a column for each backend.
func roundTripTable(t *testing.T) string {
	t.Helper()
	backends := []string{"memory", "bolt", "redis", "memcached", "postgres"}
	trips := make(map[string]map[string]int)
	for _, backend := range backends {
		text, err := os.ReadFile(filepath.Join(root, backend, "testdata", "roundtrips.json"))
		if err != nil {
			t.Fatal(err)
		}
		var numbers map[string]int
		if err := json.Unmarshal(text, &numbers); err != nil {
			t.Fatalf("%s: %v", backend, err)
		}
		trips[backend] = numbers
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| operation | %s |\n|---|%s\n", strings.Join(backends, " | "), strings.Repeat("---|", len(backends)))
	for _, op := range []string{
		"Get", "Set", "Touch", "Delete", "GetAndTouch", "Create", "Replace", "CompareAndSwap", "RotateSwap",
	} {
		fmt.Fprintf(&b, "| %s |", op)
		for _, backend := range backends {
			n, supported := trips[backend][op]
			fmt.Fprintf(&b, " %s |", cell(op, n, supported))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// cell says how many round trips an operation takes. One that takes several is
// atomic all the same where its last step is conditional; only a rotation
// writes two records, and shows both for a moment where it has no transaction.
func cell(op string, n int, supported bool) string {
	switch {
	case !supported:
		return "–"
	case n > 1 && op == "RotateSwap":
		return fmt.Sprintf("%d, in steps", n)
	}
	return fmt.Sprintf("%d, atomic", n)
}
