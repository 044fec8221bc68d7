package survival

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore/bench/peers"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Cell is one event on one target, for our store or for a peer's.
type Cell struct {
	target.Config
	Event Event
	Peer  string
}

// Matrix returns every event on every backend in each of its settings.
func Matrix() []Cell {
	var cells []Cell
	for _, c := range target.Survivals() {
		for _, e := range Events(c) {
			cells = append(cells, Cell{Config: c, Event: e})
		}
	}
	return cells
}

// Hardest returns the cells of the matrix that say most: each server is
// killed, and where there is none, the application.
func Hardest() []Cell {
	var cells []Cell
	for _, c := range Matrix() {
		if c.CountsFsyncs() {
			cells = append(cells, c)
		}
	}
	return cells
}

// PeerMatrix returns every event on the peers whose sessions can outlive a
// process, each on its backend's safest setting.
func PeerMatrix() []Cell {
	safest := map[string]string{"bolt": "sync", "memcached": "none", "redis": "always", "postgres": "sync"}
	var cells []Cell
	for _, p := range peers.Persistent() {
		c := target.Config{Backend: p.Backend, Durability: safest[p.Backend]}
		for _, e := range Events(c) {
			cells = append(cells, Cell{c, e, p.Name})
		}
	}
	return cells
}

// CountsFsyncs reports whether Run counts how often the disk is told to write:
// where the process ends that tells it, the hardest of the events.
func (c Cell) CountsFsyncs() bool {
	return c.Event == KillServer || c.Embedded() && c.Event == KillApplication
}

// Name returns the cell as the results file has it:
// event=kill-server/backend=redis/durability=always, and /peer= for a peer.
func (c Cell) Name() string {
	parts := []string{"event=" + string(c.Event), "backend=" + c.Backend, "durability=" + c.Durability}
	if c.Peer != "" {
		parts = append(parts, "peer="+c.Peer)
	}
	return strings.Join(parts, "/")
}

// Run opens a target for the cell alone, so that no cell starts from what
// another has left, and runs it there. Files go into dir. The error matches
// server.ErrUnavailable where there is no server for it. The syncs are counted
// where the process ends that does them.
func (c Cell) Run(ctx context.Context, dir string) (Result, error) { return c.RunFor(ctx, dir, 0) }

// RunFor is Run where clients write for another time than usual; see
// Setup.Time.
func (c Cell) RunFor(ctx context.Context, dir string, writing time.Duration) (Result, error) {
	t, err := c.Open(ctx, dir)
	if err != nil {
		return Result{}, err
	}
	setup := Setup{Target: t, Event: c.Event, Peer: c.Peer, Time: writing, Fsyncs: c.CountsFsyncs()}
	if c.Event == CutNetwork {
		setup.Rate = 1000 // cells may run together
	}
	r, err := Run(ctx, setup)
	return r, errors.Join(err, t.Close())
}

// Outcome is what Run returned for a cell.
type Outcome struct {
	Result Result
	Err    error
}

// apart is how far the beginnings of cells that run together lie apart, so that
// not all of them are at the same part of it.
const apart = time.Second

// Together runs cells at the same time, each beginning a second after the one
// before it, calls ended for each when it has, and returns after the last. It
// suits those of CutNetwork, which do little but wait.
func Together(ctx context.Context, cells []Cell, dir string, ended func(i int, o Outcome)) {
	var wait sync.WaitGroup
	for i, c := range cells {
		if i > 0 {
			_ = sleep(ctx, apart) // the cells say that ctx has ended
		}
		wait.Go(func() {
			var o Outcome
			o.Result, o.Err = c.Run(ctx, dir)
			ended(i, o)
		})
	}
	wait.Wait()
}
