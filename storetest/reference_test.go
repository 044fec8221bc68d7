package storetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/storetest/internal/dirstore"
)

// The reference stores, of which each mutant differs in one behaviour: memory
// for what happens within a process, a client and a server for the network,
// and a directory for restarts.

func newMemory(t T) sessionstore.Store {
	s, err := memory.New(memory.Options{SweepInterval: -1})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// server answers the suite's own protocol with a store in memory.
type server struct {
	store sessionstore.Store
	addr  string

	mu       sync.Mutex
	listener net.Listener          // guarded by mu
	conns    map[net.Conn]struct{} // guarded by mu
	wait     sync.WaitGroup
}

func startServer(t T, s sessionstore.Store) *server {
	srv := &server{store: s, addr: "127.0.0.1:0", conns: make(map[net.Conn]struct{})}
	srv.start(t)
	t.Cleanup(srv.stop)
	return srv
}

func (srv *server) start(t T) {
	l, err := net.Listen("tcp", srv.addr)
	if err != nil {
		t.Fatalf("%v", err)
	}
	srv.addr = l.Addr().String()
	srv.mu.Lock()
	srv.listener = l
	srv.mu.Unlock()
	srv.wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			srv.mu.Lock()
			srv.conns[c] = struct{}{}
			srv.mu.Unlock()
			srv.wait.Go(func() { serve(srv.store, c, c); srv.drop(c) })
		}
	})
}

func (srv *server) drop(c net.Conn) {
	c.Close()
	srv.mu.Lock()
	defer srv.mu.Unlock()
	delete(srv.conns, c)
}

func (srv *server) stop() {
	srv.mu.Lock()
	srv.listener.Close()
	for c := range srv.conns {
		c.Close()
	}
	srv.mu.Unlock()
	srv.wait.Wait()
}

// client is a Store at a server. Its fields are the faults of mutants.
type client struct {
	server *server
	addr   string

	retries     string // sends this operation again when its reply was lost
	plain       bool   // does not say that an outcome is unknown
	claimsMiss  bool   // takes a lost connection for a miss
	ignoresCtx  bool   // waits for the server whatever the context says
	ownTimeout  bool   // reports an end of the context as an error of its own
	neverRedial bool   // stays broken once a connection has been
	leaksConns  bool   // forgets broken connections, and opens one more for each
	showsID     bool   // puts the id into errors of the network
	readsFirst  bool   // gets a session before it sets it
	lyingPing   bool   // is always well

	mu     sync.Mutex
	conn   *connection // guarded by mu
	closed bool        // guarded by mu
	leaked []net.Conn  // guarded by mu
}

type connection struct {
	*remote
	net.Conn
}

func (c *client) connect(ctx context.Context) (*connection, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, sessionstore.ErrClosed
	}
	if c.conn != nil {
		select {
		case <-c.conn.ended:
			if c.neverRedial {
				return c.conn, nil
			}
			c.conn.Close()
		default:
			return c.conn, nil
		}
	}
	var dialer net.Dialer
	if c.leaksConns {
		for range 2 {
			if extra, err := dialer.DialContext(ctx, "tcp", c.addr); err == nil {
				c.leaked = append(c.leaked, extra)
			}
		}
	}
	nc, err := dialer.DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return nil, err
	}
	c.conn = &connection{newRemote(nc, nc), nc}
	return c.conn, nil
}

func (c *client) do(ctx context.Context, q request, write bool) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := check(q); err != nil {
		return nil, err
	}
	if c.ignoresCtx {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 200*time.Millisecond+2*slack)
		defer cancel()
		data, err := c.send(late, q, write)
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return data, err
	}
	return c.send(ctx, q, write)
}

// check is what a client does before it sends.
func check(q request) error {
	switch {
	case !sessionstore.ValidID(q.ID):
		return sessionstore.ErrInvalidID
	case q.Op != "get" && q.Op != "delete" && (q.TTL <= 0 || q.TTL > sessionstore.MaxTTL):
		return sessionstore.ErrInvalidTTL
	case len(q.Data) > sessionstore.MaxDataBytes:
		return sessionstore.ErrTooLarge
	}
	return nil
}

func (c *client) send(ctx context.Context, q request, write bool) ([]byte, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return nil, c.fault(err, q)
	}
	data, err := conn.do(ctx, q)
	if err == nil || isAnswer(err) {
		return data, err
	}
	if c.retries == q.Op && ctx.Err() == nil {
		if conn, err = c.connect(ctx); err == nil {
			return conn.do(ctx, q)
		}
	}
	if c.isClosed() {
		err = fmt.Errorf("%w: %w", sessionstore.ErrClosed, err)
	}
	err = c.fault(err, q)
	if write && !c.plain && !errors.Is(err, sessionstore.ErrNotFound) {
		err = fmt.Errorf("%w: %w", sessionstore.ErrUnknownOutcome, err)
	}
	return nil, err
}

func (c *client) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

func isAnswer(err error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// fault is what a mutant makes of a failure of the network.
func (c *client) fault(err error, q request) error {
	switch {
	case errors.Is(err, sessionstore.ErrClosed):
		return err
	case c.claimsMiss:
		return sessionstore.ErrNotFound
	case c.showsID:
		return fmt.Errorf("%s %s: %w", q.Op, q.ID, err)
	case c.ownTimeout && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)):
		return errors.New("the server takes its time")
	}
	return err
}

func (c *client) Get(ctx context.Context, id string) ([]byte, error) {
	data, err := c.do(ctx, request{Op: "get", ID: id}, false)
	if err == nil && data == nil {
		data = []byte{}
	}
	return data, err
}

func (c *client) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if c.readsFirst {
		c.Get(ctx, id)
	}
	_, err := c.do(ctx, request{Op: "set", ID: id, Data: data, TTL: ttl}, true)
	return err
}

func (c *client) Touch(ctx context.Context, id string, ttl time.Duration) error {
	_, err := c.do(ctx, request{Op: "touch", ID: id, TTL: ttl}, true)
	return err
}

func (c *client) Delete(ctx context.Context, id string) error {
	_, err := c.do(ctx, request{Op: "delete", ID: id}, true)
	return err
}

func (c *client) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	_, err := c.do(ctx, request{Op: "create", ID: id, Data: data, TTL: ttl}, true)
	return err
}

func (c *client) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	_, err := c.do(ctx, request{Op: "swap", ID: id, Old: old, Data: new, TTL: ttl}, true)
	return err
}

func (c *client) Ping(ctx context.Context) error {
	if c.lyingPing {
		return ctx.Err()
	}
	_, err := c.Get(ctx, "ping")
	if errors.Is(err, sessionstore.ErrNotFound) {
		return nil
	}
	return err
}

func (c *client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.conn != nil {
		c.conn.Close()
		<-c.conn.ended
		c.conn = nil
	}
	for _, l := range c.leaked {
		l.Close()
	}
	c.leaked = nil
	return nil
}

// networked is the harness of clients with a fault.
func networked(faulty func(c *client)) func(t T) Harness {
	return func(t T) Harness {
		srv := startServer(t, newMemory(t))
		open := func(t T, addr string) sessionstore.Store {
			c := &client{server: srv, addr: addr}
			if addr != srv.addr {
				faulty(c) // the direct store, with which the suite looks, is sound
			}
			t.Cleanup(func() { c.Close() })
			return c
		}
		return Harness{
			New:  func(t T) sessionstore.Store { return open(t, srv.addr) },
			Via:  func(t T, s sessionstore.Store, addr string) sessionstore.Store { return open(t, addr) },
			Addr: srv.addr,

			RoundTrips: "testdata/roundtrips.json",
		}
	}
}

// serverOf is the harness of a server that loses some of its memory when it is
// killed: forget undoes what it had acknowledged.
func serverOf(wrap func(s sessionstore.Store) (_ sessionstore.Store, forget func())) func(t T) Harness {
	return func(t T) Harness {
		s, forget := wrap(newMemory(t))
		srv := startServer(t, s)
		open := func(t T) sessionstore.Store {
			c := &client{server: srv, addr: srv.addr}
			t.Cleanup(func() { c.Close() })
			return c
		}
		return Harness{
			New:    open,
			Reopen: func(t T, _ sessionstore.Store) sessionstore.Store { return open(t) },
			Kill: func(t T, _ sessionstore.Store) {
				srv.stop()
				forget()
				srv.start(t)
			},
		}
	}
}

const (
	childDirVariable    = "STORETEST_DIR"
	childMutantVariable = "STORETEST_MUTANT"
)

// directory is the harness of stores in a directory, which wrap makes mutants.
// The child, which finds wrap by name, wraps its own store alike.
func directory(name string) func(t T) Harness {
	return func(t T) Harness {
		dirs := make(map[sessionstore.Store]string)
		open := func(t T, dir string) sessionstore.Store {
			inner, err := dirstore.Open(dir)
			if err != nil {
				t.Fatalf("%v", err)
			}
			s := directoryMutants[name](inner)
			dirs[s] = dir
			t.Cleanup(func() { sessionstore.Close(s) })
			return s
		}
		return Harness{
			New:    func(t T) sessionstore.Store { return open(t, t.TempDir()) },
			Reopen: func(t T, s sessionstore.Store) sessionstore.Store { return open(t, dirs[s]) },
			Child: func(t T, s sessionstore.Store) *exec.Cmd {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), childDirVariable+"="+dirs[s], childMutantVariable+"="+name)
				return cmd
			},
		}
	}
}
