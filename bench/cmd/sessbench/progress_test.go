package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/compare"
)

// TestLog: what is no terminal gets whole lines, and not too many.
func TestLog(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(1000, 0)
	p := &progress{out: &b, now: func() time.Time { return now }, begun: now}
	p.show(compare.Progress{Title: "starting"})
	for i := range 12 {
		now = now.Add(time.Second)
		p.show(compare.Progress{Title: "Get", Done: i, All: 12, Left: time.Minute})
	}
	p.end()
	want := "starting\n5 of 12, about 1m0s left: Get\n10 of 12, about 1m0s left: Get\ntook 12s\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", &b, want)
	}
}

// TestTerminal: one line that is never longer than the terminal is wide.
func TestTerminal(t *testing.T) {
	var b bytes.Buffer
	p := &progress{out: &b, now: time.Now, begun: time.Now(), width: 20}
	p.show(compare.Progress{Title: "µµµµµ, a long title that goes on and on"})
	p.note("said between")
	p.end()
	line, rest, _ := strings.Cut(strings.TrimPrefix(b.String(), "\r\x1b[K"), "\r\x1b[K")
	if line != "µµµµµ, a long titl…" || rest != "said between\n\r\x1b[Ktook 0s\n" {
		t.Errorf("got %q and %q", line, rest)
	}
	if cut("short", 20) != "short" {
		t.Error("a line that fits was cut")
	}
}
