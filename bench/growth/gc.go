package growth

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/storetest"
)

const (
	gcClients = 64
	gcCycles  = 3                // collections that are a sample
	gcPart    = 20_000           // operations between two looks at their number
	gcLimit   = 10 * time.Second // of work; a share of fewer collections counts then
)

// gcPercent returns the share of the processor time that collecting garbage
// takes while this process holds so many sessions and clients do Web's mix.
func (m *Meter) gcPercent(ctx context.Context, sessions int) (percent float64, err error) {
	r, err := m.Fill(ctx, sessions)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	m.setup.Progress(fmt.Sprintf("%s: %s sessions: garbage", m.target.Config, figures.Count(sessions)))
	return gcShare(ctx, r.Store, sessions, m.setup.SizeBytes)
}

func gcShare(ctx context.Context, s sessionstore.Store, sessions, sizeBytes int) (percent float64, err error) {
	web, _ := workload("Web")
	l := &storetest.Load{Store: s, Workload: web, Sessions: sessions, SizeBytes: sizeBytes, Clients: gcClients}
	if err := l.Prepare(ctx); err != nil {
		return 0, err
	}
	runtime.GC() // the runtime counts anew at the end of each collection
	before := readProcessor()
	now := before
	for took := time.Duration(0); now.cycles < before.cycles+gcCycles && took < gcLimit; now = readProcessor() {
		part, err := l.Run(ctx, gcPart)
		if err != nil {
			return 0, err
		}
		took += part
	}
	if now.used == before.used { // not one collection
		return 0, nil
	}
	return 100 * (now.gc - before.gc) / (now.used - before.used), nil
}

// processor is what this process had spent at the end of the last collection.
type processor struct {
	gc, used float64 // seconds
	cycles   uint64  // of the collector
}

func readProcessor() processor {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/cpu/classes/total:cpu-seconds"},
		{Name: "/cpu/classes/idle:cpu-seconds"},
		{Name: "/gc/cycles/total:gc-cycles"},
	}
	metrics.Read(samples)
	return processor{
		gc:     samples[0].Value.Float64(),
		used:   samples[1].Value.Float64() - samples[2].Value.Float64(),
		cycles: samples[3].Value.Uint64(),
	}
}
