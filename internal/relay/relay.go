// Package relay stands between a client and a server on TCP and loses, holds
// or cuts what it should carry, so that tests can meet a failing network at an
// exact moment.
package relay

import (
	"net"
	"sync"
)

// mode is what a relay does with the bytes that reach it.
type mode int

const (
	pass        mode = iota // carry everything
	hang                    // accept connections and bytes, and carry nothing
	cut                     // close every connection, old and new, at once
	loseReply               // carry requests; drop the next reply, and its connection
	loseRequest             // carry replies; drop the next request, and its connection
)

// Relay carries TCP connections from its own address to a server's.
type Relay struct {
	listener net.Listener
	upstream string
	wait     sync.WaitGroup // accept loop and pumps

	mu      sync.Mutex
	mode    mode                  // guarded by mu
	changed chan struct{}         // guarded by mu; closed when mode changes
	replies int                   // guarded by mu; how many are carried before one is lost
	onLost  func()                // guarded by mu; runs once, when a reply or request was lost
	conns   map[net.Conn]struct{} // guarded by mu; both ends of every connection
	closed  bool                  // guarded by mu
	turns   int                   // guarded by mu; see Turns
	asked   bool                  // guarded by mu; the last bytes were a request's
}

// New starts a relay to upstream, host:port, that carries everything.
func New(upstream string) (*Relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{
		listener: l,
		upstream: upstream,
		changed:  make(chan struct{}),
		conns:    make(map[net.Conn]struct{}),
	}
	r.wait.Go(r.accept)
	return r, nil
}

// Addr returns the relay's own address, host:port.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// Pass carries everything again, and first what was held.
func (r *Relay) Pass() { r.set(pass, nil) }

// Hang accepts connections and never answers; what arrives is held.
func (r *Relay) Hang() { r.set(hang, nil) }

// Cut closes every connection, and each new one as soon as it is there.
func (r *Relay) Cut() {
	r.set(cut, nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		c.Close()
	}
}

// LoseReply drops the next reply of the server and closes its connection; the
// request was carried out. Before the client can know, it calls then; after
// that everything is carried again.
func (r *Relay) LoseReply(then func()) { r.LoseReplyAfter(0, then) }

// LoseReplyAfter is LoseReply for the reply that comes after n others.
func (r *Relay) LoseReplyAfter(n int, then func()) {
	r.mu.Lock()
	r.replies = n
	r.mu.Unlock()
	r.set(loseReply, then)
}

// LoseRequest drops the next request of a client and closes its connection; the
// server never sees it. Before the client can know, it calls then; after that
// everything is carried again.
func (r *Relay) LoseRequest(then func()) {
	r.mu.Lock()
	r.replies = 0
	r.mu.Unlock()
	r.set(loseRequest, then)
}

// Reset aborts every connection of this moment, with a TCP reset where the
// system allows it: of the requests under way some are carried out and some
// are not. New connections are carried as before.
func (r *Relay) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns { // all of them first: the close of one end closes the other
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // without it the close is a clean one
		}
	}
	for c := range r.conns {
		c.Close()
	}
}

// Conns returns how many connections of clients are open.
func (r *Relay) Conns() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns) / 2
}

// Turns returns how many times a client has begun to send since a server last
// did: the round trips, where one operation is under way at a time.
func (r *Relay) Turns() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.turns
}

// count counts a turn when a request follows a reply.
func (r *Relay) count(reply bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !reply && !r.asked {
		r.turns++
	}
	r.asked = !reply
}

// Close ends the relay and all its connections.
func (r *Relay) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.listener.Close()
	r.Cut()
	r.wait.Wait()
}

func (r *Relay) set(m mode, onLost func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mode, r.onLost = m, onLost
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *Relay) state() (mode, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mode, r.changed
}

func (r *Relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.wait.Go(func() { r.carry(client) })
	}
}

// carry serves one connection until either end closes it.
func (r *Relay) carry(client net.Conn) {
	defer client.Close()
	if m, _ := r.state(); m == cut {
		return
	}
	server, err := net.Dial("tcp", r.upstream)
	if err != nil {
		return
	}
	defer server.Close()
	if !r.register(client, server) {
		return
	}
	defer r.unregister(client, server)

	var pumps sync.WaitGroup
	pumps.Go(func() { r.pump(server, client, false) })
	pumps.Go(func() { r.pump(client, server, true) })
	pumps.Wait()
}

func (r *Relay) register(client, server net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.mode == cut {
		return false
	}
	r.conns[client] = struct{}{}
	r.conns[server] = struct{}{}
	return true
}

func (r *Relay) unregister(client, server net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, client)
	delete(r.conns, server)
}

// pump carries bytes from src to dst until one of them is closed, and then
// closes both.
func (r *Relay) pump(dst, src net.Conn, replies bool) {
	defer dst.Close()
	defer src.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			r.count(replies)
		}
		if n > 0 && !r.deliver(dst, buf[:n], replies) {
			return
		}
		if err != nil {
			return
		}
	}
}

// deliver writes b to dst when the relay's mode lets it, and reports whether
// the connection goes on.
func (r *Relay) deliver(dst net.Conn, b []byte, replies bool) bool {
	for {
		m, changed := r.state()
		switch {
		case m == cut:
			return false
		case m == hang:
			<-changed
		case (m == loseReply && replies || m == loseRequest && !replies) && r.takeLost(m):
			return false
		default:
			_, err := dst.Write(b)
			return err == nil
		}
	}
}

// takeLost claims the reply or request that is to be lost, for one connection
// only, and runs what was to run then.
func (r *Relay) takeLost(m mode) bool {
	r.mu.Lock()
	claimed, then := r.mode == m && r.replies == 0, r.onLost
	if claimed {
		r.mode, r.onLost = pass, nil
	}
	r.replies = max(r.replies-1, 0)
	r.mu.Unlock()
	if claimed && then != nil {
		then()
	}
	return claimed
}
