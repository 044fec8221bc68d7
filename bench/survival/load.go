package survival

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// opTimeout bounds an operation. None should come near it, but for a server
// that hangs.
const opTimeout = 10 * time.Second

// load is several clients that write. Only one goroutine at a time calls its
// methods.
type load struct {
	store   sessionstore.Store
	journal func(note) // called by every client
	shape   shape

	clients []*client
	halt    chan struct{} // closed to end the clients that run
	wait    sync.WaitGroup
}

// shape is what a load is like, as plain data.
type shape struct {
	Clients   int
	SizeBytes int
	Rate      int
	ProbeTTL  time.Duration
}

func newLoad(s sessionstore.Store, journal func(note), shape shape) *load {
	l := &load{store: s, journal: journal, shape: shape}
	for i := range shape.Clients {
		l.clients = append(l.clients, newClient(l, i))
	}
	return l
}

// What is stored before the clients write at random. The witness is a session
// that stays as it is; probes end soon, see probeDrift.
const (
	seedsPerClient = 50
	witness        = "witness"
	probes         = 8
)

// seed stores what the clients begin with.
func (l *load) seed(ctx context.Context) error {
	first := l.clients[0]
	errs := make([]error, len(l.clients), len(l.clients)+probes+1)
	errs = append(errs, first.set(ctx, witness, 1, time.Hour))
	for i := range probes {
		errs = append(errs, first.set(ctx, fmt.Sprintf("probe%d", i), 1, l.shape.ProbeTTL))
	}
	for i, c := range l.clients {
		l.wait.Go(func() {
			for range seedsPerClient {
				if errs[i] = c.add(ctx); errs[i] != nil {
					return
				}
			}
		})
	}
	l.wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("storing the first sessions: %w", err)
	}
	return nil
}

// start lets the clients write until stop, or until ctx ends.
func (l *load) start(ctx context.Context) {
	l.halt = make(chan struct{})
	every := time.Second * time.Duration(len(l.clients)) / time.Duration(l.shape.Rate)
	for _, c := range l.clients {
		wait := &pace{every: every, halt: l.halt, next: time.Now()}
		l.wait.Go(func() {
			for ctx.Err() == nil && wait.turn() {
				if err := c.step(ctx); err != nil {
					wait.rest()
				}
			}
		})
	}
}

// stop lets the operations under way end, and no other begin. It may be called
// again.
func (l *load) stop() {
	if l.halt == nil {
		return
	}
	close(l.halt)
	l.wait.Wait()
	l.halt = nil
}
