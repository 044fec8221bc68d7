package storetest

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"

	"github.com/coatcheck/sessionstore"
)

// updateVariable writes what was measured instead of comparing it.
const updateVariable = "STORETEST_UPDATE"

// tripsAsPublished counts how often each operation waits for the server, on an
// open connection. An operation that the store does not support is left out;
// one of an embedded store takes none.
func tripsAsPublished(t T, h *Harness) {
	got := make(map[string]int)
	countTurns(t, h, got)
	if os.Getenv(updateVariable) != "" {
		if err := writeJSON(h.RoundTrips, got); err != nil {
			t.Fatalf("writing the round trips: %v", err)
		}
		return
	}
	text, err := os.ReadFile(h.RoundTrips)
	if err != nil {
		t.Fatalf("%v: write it with %s=1", err, updateVariable)
	}
	var want map[string]int
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatalf("%s: %v", h.RoundTrips, err)
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v, which %s publishes; if that is meant, write it with %s=1", got, want, h.RoundTrips, updateVariable)
	}
}

func countTurns(t T, h *Harness, turns map[string]int) {
	if h.Embedded {
		for _, op := range supported(t, h.New(t)) {
			turns[op.name] = 0
		}
		return
	}
	s, r := relayed(t, h)
	warm(t, s)
	for _, op := range supported(t, s) {
		id := sessionstore.NewID()
		op.prepare(t, s, id)
		begin := r.Turns()
		if err := op.call(within(t, opTimeout), s, id); err != nil {
			t.Errorf("%s: %v", op.name, err)
		}
		turns[op.name] = r.Turns() - begin
	}
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
