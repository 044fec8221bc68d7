package memory

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func sameMap(a, b map[string]*entry) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// TestShrinkFrom: a map is made anew when it held at least shrinkFrom entries
// and holds a quarter of them or fewer.
func TestShrinkFrom(t *testing.T) {
	for _, c := range []struct {
		peak, left int
		want       bool
	}{
		{shrinkFrom - 1, 0, false},
		{shrinkFrom, 0, true},
		{shrinkFrom, shrinkFrom/4 - 1, true},
		{shrinkFrom, shrinkFrom / 4, true},
		{shrinkFrom, shrinkFrom/4 + 1, false},
		{4*sweepBatch + 4, sweepBatch + 1, true}, // more than one batch to copy
	} {
		t.Run(fmt.Sprintf("%d of %d", c.left, c.peak), func(t *testing.T) {
			s := newStore(t, Options{})
			h := fillOneShard(t, s, c.peak, time.Hour)
			before, room := h.entries, cap(h.order)
			for _, id := range slices.Collect(maps.Keys(h.entries))[c.left:] {
				if err := s.Delete(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := !sameMap(before, h.entries); got != c.want {
				t.Errorf("got a new map: %v, want %v", got, c.want)
			}
			if got := cap(h.order) < room; got != c.want {
				t.Errorf("got a shorter order: %v, want %v", got, c.want)
			}
			if len(h.entries) != c.left {
				t.Errorf("got %d entries, want %d", len(h.entries), c.left)
			}
			check(t, s)
		})
	}
}

// TestShrinkGivesBack measures it.
func TestShrinkGivesBack(t *testing.T) {
	s := newStore(t, Options{})
	before := heapBytes()
	const n = 200_000
	for _, id := range ids(n) {
		mustSet(t, s, id, 1, time.Nanosecond)
	}
	peak := heapBytes() - before
	time.Sleep(time.Millisecond)
	if err := s.sweep(t.Context()); err != nil || stored(s) != 0 {
		t.Fatalf("the sweep left %d entries, %v", stored(s), err)
	}
	if left := heapBytes() - before; left > peak/20 {
		t.Errorf("a store that is empty again: got %d of %d bytes still in use", left, peak)
	}
	check(t, s)
}

// TestWritesBetweenTheBatchesOfAShrink: both maps are kept up to date.
func TestWritesBetweenTheBatchesOfAShrink(t *testing.T) {
	s := newStore(t, Options{})
	h := fillOneShard(t, s, shrinkFrom, time.Hour)
	keys := slices.Sorted(maps.Keys(h.entries))
	remove := func(id string) {
		if err := s.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range keys[8:] {
		remove(id)
	}
	old := h.startShrink()
	if len(old) != 8 {
		t.Fatalf("got %d entries to copy, want 8", len(old))
	}
	if h.startShrink() != nil {
		t.Error("a second shrink began during the first")
	}
	slices.SortFunc(old, func(a, b slot) int { // as keys are
		return slices.Index(keys, a.entry.id()) - slices.Index(keys, b.entry.id())
	})
	remove(keys[4])                       // before its batch
	mustSet(t, s, keys[5], 55, time.Hour) // before its batch
	remove(keys[6])
	mustSet(t, s, keys[6], 66, time.Hour) // an entry that is not the one to be copied
	h.copyBatch(old[:4])
	h.copyBatch(old[4:])
	remove(keys[0])                       // after its batch
	mustSet(t, s, keys[1], 11, time.Hour) // after its batch
	mustSet(t, s, keys[9], 99, time.Hour) // new
	h.endShrink()

	got := map[string]int{}
	for id, e := range h.entries {
		got[id] = len(e.data())
	}
	want := map[string]int{keys[1]: 11, keys[2]: 1, keys[3]: 1, keys[5]: 55, keys[6]: 66, keys[7]: 1, keys[9]: 99}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	check(t, s)
}

func TestCloseDuringAShrink(t *testing.T) {
	s := newStore(t, Options{})
	h := fillOneShard(t, s, shrinkFrom, time.Hour)
	for _, id := range slices.Collect(maps.Keys(h.entries))[1:] {
		if err := s.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	old := h.startShrink()
	s.Close()
	h.copyBatch(old)
	h.endShrink()
	if !h.closed() {
		t.Error("the shrink opened a closed store")
	}
}

// TestShrinkWhileInUse lets the race detector look at all of it together.
func TestShrinkWhileInUse(t *testing.T) {
	s := newStore(t, Options{})
	var stop atomic.Bool
	var wait sync.WaitGroup
	wait.Go(func() {
		for !stop.Load() {
			if err := s.sweep(t.Context()); err != nil {
				t.Errorf("sweep: %v", err)
			}
		}
	})
	wait.Go(func() {
		for i := 0; !stop.Load(); i++ {
			s.Get(t.Context(), fmt.Sprintf("session-%06d", i%1000)) // a miss is fine
		}
	})
	// fillOneShard's ids, so that few sessions suffice for maps that shrink.
	var meet []string
	for _, id := range ids(600 * shardCount) {
		if s.shard(id) == &s.shards[0] {
			meet = append(meet, id)
		}
	}
	for round := range 20 {
		for i, id := range meet {
			mustSet(t, s, id, i%50+round, time.Hour)
		}
		for i, id := range meet {
			if i%16 == round%16 {
				continue
			}
			if err := s.Delete(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	stop.Store(true)
	wait.Wait()
	for i, id := range meet {
		if i%16 == 19%16 {
			wantGet(t, s, id, nil)
		}
	}
	check(t, s)
}
