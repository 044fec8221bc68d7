package measure

import (
	"testing"
	"time"
)

// TestRecorder: durations of all clients are in what is taken, once; those out
// of range count at its ends.
func TestRecorder(t *testing.T) {
	r := NewRecorder(3)
	for client, d := range []time.Duration{0, 100 * time.Nanosecond, time.Hour} {
		r.Record(client, d)
	}
	h := r.Take()
	if h.TotalCount() != 3 || h.Min() > 1 || h.ValueAtPercentile(50) != 100 {
		t.Errorf("got %d durations from %d with median %d, want 3 from 1 with median 100", h.TotalCount(), h.Min(), h.ValueAtPercentile(50))
	}
	if got := time.Duration(h.Max()); got < 10*time.Minute || got > 11*time.Minute {
		t.Errorf("an hour counts as %v, want 10m", got)
	}
	if again := r.Take(); again.TotalCount() != 0 {
		t.Errorf("taken again: got %d durations, want none", again.TotalCount())
	}
}

func BenchmarkRecord(b *testing.B) {
	r := NewRecorder(1)
	for b.Loop() {
		begin := time.Now()
		r.Record(0, time.Since(begin))
	}
}
