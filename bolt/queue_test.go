package bolt

import (
	"context"
	"errors"
	"testing"

	"github.com/coatcheck/sessionstore"
)

// TestGroupLimits fills the queue up to, and beyond, what one transaction takes.
func TestGroupLimits(t *testing.T) {
	const half = maxGroupBytes / 2
	repeat := func(n, bytes int) (sizes []int) {
		for range n {
			sizes = append(sizes, bytes)
		}
		return sizes
	}
	tests := []struct {
		name  string
		sizes []int
		want  []int // ops of each group
	}{
		{"nothing", nil, []int{0}},
		{"below the number", repeat(maxGroupOps-1, 1), []int{maxGroupOps - 1, 0}},
		{"the number", repeat(maxGroupOps, 1), []int{maxGroupOps, 0}},
		{"above the number", repeat(maxGroupOps+1, 1), []int{maxGroupOps, 1, 0}},
		{"below the bytes", []int{half, half - 1}, []int{2, 0}},
		{"the bytes", []int{half, half}, []int{2, 0}},
		{"above the bytes", []int{half, half, 1}, []int{2, 1, 0}},
		{"a large first", []int{maxGroupBytes + 1, 1}, []int{1, 1, 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var q queue
			for _, bytes := range test.sizes {
				if _, err := q.push(&op{bytes: bytes}); err != nil {
					t.Fatal(err)
				}
			}
			for i, want := range test.want {
				if got := len(q.take()); got != want {
					t.Errorf("group %d: got %d ops, want %d", i, got, want)
				}
			}
		})
	}
}

// TestQueueLeader checks who is told to drain.
func TestQueueLeader(t *testing.T) {
	var q queue
	push := func(want bool) {
		t.Helper()
		if lead, err := q.push(&op{}); lead != want || err != nil {
			t.Errorf("push: got %v, %v, want %v", lead, err, want)
		}
	}
	push(true)
	push(false)
	if q.take(); q.more() {
		t.Error("more: got true for an empty queue")
	}
	push(true)
	if !q.more() {
		t.Error("more: got false for a queue of one")
	}
	q.take()
	q.more()
	q.close()
	if _, err := q.push(&op{}); !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("push after close: got %v, want ErrClosed", err)
	}
}

// TestQueueLeave ends a context before a group takes the op, and after.
func TestQueueLeave(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var q queue
	early, late := &op{}, &op{}
	q.push(early)
	q.push(late)
	if err := q.wait(ctx, early); !errors.Is(err, context.Canceled) {
		t.Errorf("before: got %v, want context.Canceled", err)
	}
	group := q.take()
	if len(group) != 1 || group[0] != late {
		t.Fatalf("take: got %d ops, want the other one", len(group))
	}
	go late.finish(sessionstore.ErrNotFound)
	if err := q.wait(ctx, late); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("after: got %v, want the outcome", err)
	}
}
