package memcached

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// node is one server and the slots on it. Each server has slots of its own, so
// that one which hangs does not take those of the others.
type node struct {
	addr        address
	permits     chan struct{} // holds one value for every call that has a slot
	idleTimeout time.Duration // negative: none
	life        *life

	mu   sync.Mutex
	idle []*slot            // guarded by mu; the most recently used is last
	live map[*slot]struct{} // guarded by mu; idle ones and those in calls
}

func newNode(addr address, opts Options, life *life) *node {
	return &node{
		addr:        addr,
		permits:     make(chan struct{}, opts.MaxConns),
		idleTimeout: opts.IdleTimeout,
		life:        life,
		live:        make(map[*slot]struct{}),
	}
}

// request is one call of a client's method.
type request func(*memcache.Client) error

// do carries out a request within ctx. The error shows what may be shown.
func (n *node) do(ctx context.Context, kind kind, request request) error {
	sl, err := n.take(ctx)
	if err != nil {
		return err
	}
	defer n.put(sl)
	return n.ask(ctx, sl, kind, request)
}

// take waits for a slot whose connection is open. Nothing has been sent when
// it fails.
func (n *node) take(ctx context.Context) (*slot, error) {
	if err := n.enter(ctx); err != nil {
		return nil, err
	}
	sl, err := n.connected(ctx)
	if err != nil {
		<-n.permits
	}
	return sl, err
}

// put gives back what take returned.
func (n *node) put(sl *slot) {
	n.release(sl)
	<-n.permits
}

// ask carries out one request on a slot that was taken.
func (n *node) ask(ctx context.Context, sl *slot, kind kind, request request) error {
	if err := sl.call(ctx, request); err != nil {
		return sl.conn.explain(ctx, n.life.ctx, kind, err)
	}
	return nil
}

// enter waits for the turn of a call.
func (n *node) enter(ctx context.Context) error {
	end := n.life.endFor(ctx)
	if isClosed(end) {
		return sessionstore.ErrClosed
	}
	select {
	case n.permits <- struct{}{}:
	default:
		select {
		case n.permits <- struct{}{}:
		case <-end:
			return sessionstore.ErrClosed
		case <-ctx.Done():
			return fmt.Errorf("all %d connections are in use: %w", cap(n.permits), ctx.Err())
		}
	}
	if isClosed(end) {
		<-n.permits
		return sessionstore.ErrClosed
	}
	return nil
}

// connected returns a slot whose connection was open a moment ago: a used one,
// or a new one. Nothing has been sent when it fails.
func (n *node) connected(ctx context.Context) (*slot, error) {
	for {
		sl := n.takeIdle()
		if sl == nil {
			return n.dial(ctx)
		}
		if sl.conn.quiet() {
			return sl, nil
		}
		n.discard(sl)
	}
}

func (n *node) dial(ctx context.Context) (*slot, error) {
	dialCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.life.ctx, cancel)()
	var dialer net.Dialer
	nc, err := dialer.DialContext(dialCtx, n.addr.network, n.addr.text)
	if err != nil {
		return nil, n.explainDial(ctx, err)
	}
	sl := newSlot(n.addr, nc)
	n.mu.Lock()
	n.live[sl] = struct{}{}
	n.mu.Unlock()
	if n.life.ctx.Err() != nil { // drain may have missed it
		n.discard(sl)
		return nil, sessionstore.ErrClosed
	}
	return sl, nil
}

func (n *node) explainDial(ctx context.Context, err error) error {
	cause := contract.Cause(ctx, err)
	switch {
	case contract.CtxError(ctx) != nil:
		return fmt.Errorf("connect to %s: %w", n.addr, cause)
	case errors.Is(cause, context.Canceled) || n.life.ctx.Err() != nil:
		return sessionstore.ErrClosed
	default:
		return cause
	}
}

// takeIdle returns the slot that was used last, or nil. The others get the
// chance to grow old.
func (n *node) takeIdle() *slot {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closeOld(time.Now())
	if len(n.idle) == 0 {
		return nil
	}
	last := len(n.idle) - 1
	sl := n.idle[last]
	n.idle[last] = nil
	n.idle = n.idle[:last]
	return sl
}

// release keeps a slot for the next call, unless its connection is closed.
func (n *node) release(sl *slot) {
	if sl.conn.closed {
		n.discard(sl)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	sl.idleSince = time.Now()
	n.idle = append(n.idle, sl)
	n.closeOld(sl.idleSince)
}

// closeOld closes what was not used for too long. Called with n.mu held.
func (n *node) closeOld(now time.Time) {
	old := 0
	for n.idleTimeout > 0 && old < len(n.idle) && now.Sub(n.idle[old].idleSince) >= n.idleTimeout {
		n.idle[old].conn.Close()
		delete(n.live, n.idle[old])
		old++
	}
	if old > 0 {
		kept := copy(n.idle, n.idle[old:])
		clear(n.idle[kept:])
		n.idle = n.idle[:kept]
	}
}

func (n *node) discard(sl *slot) {
	sl.conn.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.live, sl)
}

// drain takes every permit, and so waits for the calls under way, which it
// cuts off when ctx is done. Then it closes all connections.
func (n *node) drain(ctx context.Context) {
	for range cap(n.permits) {
		select {
		case n.permits <- struct{}{}:
			continue
		case <-ctx.Done():
		}
		n.cutCalls()
		n.permits <- struct{}{}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, sl := range n.idle {
		sl.conn.Close()
	}
	n.idle, n.live = nil, nil
}

// cutCalls lets whatever waits for the network return.
func (n *node) cutCalls() {
	n.life.cut()
	n.mu.Lock()
	defer n.mu.Unlock()
	for sl := range n.live {
		sl.conn.cut()
	}
}
