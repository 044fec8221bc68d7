package memcached

import (
	"context"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore/internal/contract"
)

// life is what a store and its namespaces tell their nodes about their end.
type life struct {
	closing chan struct{}   // closed when no call may begin any more
	ctx     context.Context // done when no call may go on any more
	cut     context.CancelFunc
	ended   sync.Once

	mu      sync.Mutex     // orders the start of work and the close of closing
	working sync.WaitGroup // work that may outlive the call that began it
}

func newLife() *life {
	ctx, cut := context.WithCancel(context.Background())
	return &life{closing: make(chan struct{}), ctx: ctx, cut: cut}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (l *life) closed() bool { return isClosed(l.closing) }

// begun marks the context of work that began before Close, which waits for it.
type begun struct{}

// endFor returns what is closed when a call with ctx may not begin any more.
func (l *life) endFor(ctx context.Context) <-chan struct{} {
	if ctx.Value(begun{}) != nil {
		return l.ctx.Done()
	}
	return l.closing
}

// Close waits for the calls under way and closes every connection. What is
// still waiting for a server after [Options.Timeout] is cut off: reads then
// return ErrClosed, writes that were sent match ErrUnknownOutcome too.
//
// On a namespace it does nothing.
func (s *Store) Close() error {
	if s.namespace == "" {
		s.life.ended.Do(s.end)
	}
	return nil
}

func (s *Store) end() {
	s.life.mu.Lock()
	close(s.life.closing)
	s.life.mu.Unlock()
	grace, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	stop := context.AfterFunc(grace, func() {
		for _, n := range s.nodes {
			n.cutCalls()
		}
	})
	s.life.working.Wait()
	stop()
	for _, n := range s.nodes {
		n.drain(grace)
	}
	s.life.cut()
}

// begin announces work that may outlive its call, unless the store has ended.
func (l *life) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed() {
		return false
	}
	l.working.Add(1)
	return true
}

// finish runs f, and returns its error, or as soon as ctx ends says that the
// outcome is unknown. f has begun something that should not be left half done,
// so it goes on then, for the store's timeout at most. Called after begin.
func (s *Store) finish(ctx context.Context, f func(context.Context) error) error {
	work, cancel := context.WithCancel(context.WithValue(context.WithoutCancel(ctx), begun{}, true))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(s.timeout, cancel) })
	done := make(chan error, 1)
	go func() {
		defer s.life.working.Done()
		err := f(work)
		stop()
		cancel()
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	default:
		return contract.Unknown(contract.CtxError(ctx))
	}
}
