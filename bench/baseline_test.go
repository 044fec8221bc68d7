package bench

import (
	"testing"

	"github.com/coatcheck/sessionstore/bench/baseline"
)

// BenchmarkBaseline has what the others' figures stand beside: a bare round
// trip to each kind of server, and a write that reaches the disk.
func BenchmarkBaseline(b *testing.B) {
	m := begin(b)
	disk, err := baseline.Disk(m.dir)
	benchBaseline(b, disk, err)
	seen := map[string]bool{}
	for _, e := range m.entries {
		if e.Server == nil || seen[e.Backend] {
			continue
		}
		seen[e.Backend] = true
		trip, err := baseline.Server(b.Context(), e.Target)
		benchBaseline(b, trip, err)
	}
}

func benchBaseline(b *testing.B, base *baseline.Baseline, err error) {
	if err != nil {
		b.Error(err)
		return
	}
	b.Run("what="+base.What, func(b *testing.B) {
		h, err := base.Measure(b.Context(), b.N)
		if err != nil {
			b.Fatal(err)
		}
		reportTimes(b, h)
	})
	if err := base.Close(); err != nil {
		b.Error(err)
	}
}
