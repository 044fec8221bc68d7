package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/survival"
	"github.com/coatcheck/sessionstore/bench/target"
)

// BenchmarkRestart counts what survives. An event happens once for each result,
// whatever -benchtime says, so that -count=6 kills six times; a backend that does not keep what it promises
// fails. In full it has all events, and the peers; else the end of the process
// that holds the sessions.
func BenchmarkRestart(b *testing.B) {
	r := &restarts{}
	for _, e := range begin(b).entries {
		r.named = append(r.named, e.Config)
	}
	cells := survival.Hardest()
	if *full {
		cells = slices.Concat(survival.Matrix(), survival.PeerMatrix())
	}
	for _, c := range cells {
		if c.Event != survival.CutNetwork {
			r.bench(b, c, func(b *testing.B) survival.Outcome { return alone(b, c) })
		}
	}
	r.benchCuts(b, slices.DeleteFunc(cells, func(c survival.Cell) bool { return c.Event != survival.CutNetwork }))
}

// alone runs a cell by itself.
func alone(b *testing.B, c survival.Cell) (o survival.Outcome) {
	o.Result, o.Err = c.Run(b.Context(), b.TempDir())
	return o
}

// restarts reports cells.
type restarts struct {
	named []target.Config // whose settings were printed
}

// benchCuts runs cells that mostly wait at the same time, from the first that
// is chosen on; those of a second -count have their turn alone.
func (r *restarts) benchCuts(b *testing.B, cells []survival.Cell) {
	ctx, cancel := context.WithCancel(b.Context())
	outcomes := make([]chan survival.Outcome, len(cells))
	for i := range outcomes {
		outcomes[i] = make(chan survival.Outcome, 1)
	}
	var wait sync.WaitGroup
	begin := sync.OnceFunc(func() {
		dir := b.TempDir()
		wait.Go(func() {
			survival.Together(ctx, cells, dir, func(i int, o survival.Outcome) { outcomes[i] <- o })
		})
	})
	for i, c := range cells {
		counts := 0
		r.bench(b, c, func(b *testing.B) survival.Outcome {
			if counts++; counts > 1 {
				return alone(b, c)
			}
			begin()
			return <-outcomes[i]
		})
	}
	cancel() // those that were not chosen
	wait.Wait()
}

// bench reports a cell, which run runs once for each count.
func (r *restarts) bench(b *testing.B, c survival.Cell, run func(*testing.B) survival.Outcome) {
	var result survival.Result
	b.Run(c.Name(), func(b *testing.B) {
		if b.N == 1 { // go test begins each count so
			result = r.judge(b, c, run(b))
		}
		measuredBefore(b, 1)
		for unit, value := range result.Metrics() {
			b.ReportMetric(value, unit)
		}
		b.ReportMetric(0, "ns/op") // the event is the whole of it
	})
}

// judge ends the benchmark where there is no result, and fails it where that
// breaks a promise. It prints the settings of a server that the head of the
// results does not have.
func (r *restarts) judge(b *testing.B, c survival.Cell, o survival.Outcome) survival.Result {
	if errors.Is(o.Err, server.ErrUnavailable) { // where a server is required and missing, begin has failed
		b.Skip(o.Err)
	}
	if o.Err != nil {
		b.Fatal(o.Err)
	}
	if err := o.Result.Broken(); err != nil {
		b.Error(err)
	}
	if c.CountsFsyncs() && o.Result.FsyncsNote != "" {
		b.Logf("fsyncs were not measured: %s", o.Result.FsyncsNote)
	}
	if !slices.Contains(r.named, c.Config) {
		r.named = append(r.named, c.Config)
		fmt.Printf("%s: %s\n", c.Config, o.Result.Settings)
	}
	return o.Result
}
