package memcached

import (
	"context"
	"net"
	"sync"
	"time"
)

// replyHead is how much of a reply is kept, to tell refusals apart.
const replyHead = 64

// conn is a slot's network connection. Its deadline is that of the call it
// serves, whatever the client sets, and it notes how far the call got. It is
// used by one goroutine at a time, except for cut.
type conn struct {
	net.Conn
	closed bool

	// Of the current call:
	sent  bool            // bytes of the request have left
	err   error           // the first error of the network
	head  [replyHead]byte // how the reply begins
	heads int             // how much of head is there
	stop  func() bool     // ends the watch over the call's context
	watch sync.WaitGroup  // held while that watch may act
}

// begin lets the connection obey ctx, whose deadline and cancellation both end
// a read or write at once.
func (c *conn) begin(ctx context.Context) {
	c.sent, c.err, c.heads = false, nil, 0
	deadline, _ := ctx.Deadline()
	c.Conn.SetDeadline(deadline) // zero is none; an error shows at the next write
	c.watch.Add(1)
	c.stop = context.AfterFunc(ctx, func() {
		defer c.watch.Done()
		c.Conn.SetDeadline(time.Unix(1, 0))
	})
}

// end makes sure that the call's context has no hold on the next call.
func (c *conn) end() {
	if c.stop() {
		c.watch.Done()
	}
	c.watch.Wait()
}

// Read notes errors and the beginning of the reply.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.heads += copy(c.head[c.heads:], b[:n])
	c.note(err)
	return n, err
}

// Write notes errors and whether anything left.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.sent = c.sent || n > 0
	c.note(err)
	return n, err
}

func (c *conn) note(err error) {
	if c.err == nil {
		c.err = err
	}
}

// SetDeadline ignores the client, which would undo the call's own deadline.
func (c *conn) SetDeadline(time.Time) error { return nil }

// Close closes the connection for good.
func (c *conn) Close() error {
	c.closed = true
	return c.Conn.Close()
}

// cut ends a read or write under way, from another goroutine.
func (c *conn) cut() { c.Conn.Close() }

// quiet reports whether an idle connection is open and has nothing to say. The
// server may have closed it, and it owes no reply: bytes that are there would
// be taken for the answer to the next request.
func (c *conn) quiet() bool {
	c.Conn.SetDeadline(time.Time{}) // a past one would end the look, too
	return quiet(c.Conn)
}
