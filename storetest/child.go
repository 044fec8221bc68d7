package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// ServeChild lets the suite use s, in another process, over standard input and
// output. It returns, by ending the process, when the suite has gone away. A
// TestMain calls it in the process that [Harness.Child] starts:
//
//	func TestMain(m *testing.M) {
//		if path := os.Getenv("MYSTORE_CHILD"); path != "" {
//			s, err := mystore.Open(path)
//			if err != nil {
//				log.Fatal(err)
//			}
//			storetest.ServeChild(s)
//		}
//		os.Exit(m.Run())
//	}
func ServeChild(s sessionstore.Store) {
	err := serve(s, os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "storetest: serving the suite:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// request and reply travel as JSON, one after another.
type request struct {
	Number uint64
	Op     string
	ID     string
	NewID  string
	Old    []byte
	Data   []byte
	TTL    time.Duration
}

type reply struct {
	Number uint64
	Data   []byte
	Error  string // empty for success
	Kind   int    // which of kinds the error matches, from 1
}

// kinds are the errors that a reply carries over.
var kinds = []error{
	sessionstore.ErrNotFound, sessionstore.ErrInvalidID, sessionstore.ErrInvalidTTL, sessionstore.ErrTooLarge,
	sessionstore.ErrExists, sessionstore.ErrConflict, sessionstore.ErrCorrupt, sessionstore.ErrFull, sessionstore.ErrClosed, sessionstore.ErrUnknownOutcome,
}

// serve answers requests, each in a goroutine of its own, until r ends.
func serve(s sessionstore.Store, r io.Reader, w io.Writer) error {
	var (
		requests = json.NewDecoder(r)
		mu       sync.Mutex // guards replies
		replies  = json.NewEncoder(w)
		wait     sync.WaitGroup
	)
	defer wait.Wait()
	for {
		var q request
		if err := requests.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		wait.Go(func() {
			a := answer(s, q)
			mu.Lock()
			defer mu.Unlock()
			replies.Encode(a) // the suite may be gone: the next Decode tells
		})
	}
}

func answer(s sessionstore.Store, q request) reply {
	var (
		ctx = context.Background()
		a   = reply{Number: q.Number}
		err error
	)
	switch q.Op {
	case "get":
		a.Data, err = s.Get(ctx, q.ID)
	case "set":
		err = s.Set(ctx, q.ID, q.Data, q.TTL)
	case "touch":
		err = s.Touch(ctx, q.ID, q.TTL)
	case "delete":
		err = s.Delete(ctx, q.ID)
	case "create":
		err = sessionstore.Create(ctx, s, q.ID, q.Data, q.TTL)
	case "swap":
		err = sessionstore.CompareAndSwap(ctx, s, q.ID, q.Old, q.Data, q.TTL)
	default:
		err = fmt.Errorf("no operation %q", q.Op)
	}
	if err != nil {
		a.Error = err.Error()
		for i, kind := range kinds {
			if errors.Is(err, kind) {
				a.Kind = i + 1
			}
		}
	}
	return a
}

// remote is a Store at the other end of a connection.
type remote struct {
	mu       sync.Mutex
	requests *json.Encoder         // guarded by mu
	last     uint64                // guarded by mu; number of the last request
	waiting  map[uint64]chan reply // guarded by mu
	err      error                 // guarded by mu; why the connection ended
	ended    chan struct{}         // closed with err set
}

func newRemote(r io.Reader, w io.Writer) *remote {
	c := &remote{requests: json.NewEncoder(w), waiting: make(map[uint64]chan reply), ended: make(chan struct{})}
	go c.receive(r)
	return c
}

func (c *remote) receive(r io.Reader) {
	replies := json.NewDecoder(r)
	for {
		var a reply
		if err := replies.Decode(&a); err != nil {
			c.mu.Lock()
			c.err = fmt.Errorf("the other end is gone: %w", err)
			c.mu.Unlock()
			close(c.ended)
			return
		}
		c.mu.Lock()
		c.waiting[a.Number] <- a // has room for its one reply
		delete(c.waiting, a.Number)
		c.mu.Unlock()
	}
}

func (c *remote) do(ctx context.Context, q request) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	got := make(chan reply, 1)
	c.mu.Lock()
	c.last++
	q.Number = c.last
	c.waiting[q.Number] = got
	err := c.requests.Encode(q)
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case a := <-got:
		return a.Data, a.err()
	case <-c.ended:
		return nil, c.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (a reply) err() error {
	switch {
	case a.Error == "":
		return nil
	case a.Kind == 0:
		return errors.New(a.Error)
	}
	return kinds[a.Kind-1]
}

func (c *remote) Get(ctx context.Context, id string) ([]byte, error) {
	data, err := c.do(ctx, request{Op: "get", ID: id})
	if err == nil && data == nil {
		data = []byte{}
	}
	return data, err
}

func (c *remote) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	_, err := c.do(ctx, request{Op: "set", ID: id, Data: data, TTL: ttl})
	return err
}

func (c *remote) Touch(ctx context.Context, id string, ttl time.Duration) error {
	_, err := c.do(ctx, request{Op: "touch", ID: id, TTL: ttl})
	return err
}

func (c *remote) Delete(ctx context.Context, id string) error {
	_, err := c.do(ctx, request{Op: "delete", ID: id})
	return err
}

// startChild starts cmd and returns the store that it serves, and a function
// that kills it.
func startChild(t T, cmd *exec.Cmd) (s sessionstore.Store, kill func()) {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("starting the child: %v", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("starting the child: %v", err)
	}
	var trouble head
	cmd.Stderr = &trouble
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting the child: %v", err)
	}
	c := newRemote(out, in)
	kill = sync.OnceFunc(func() {
		cmd.Process.Kill() // it may have ended by itself: Wait tells
		<-c.ended
		cmd.Wait()
	})
	t.Cleanup(kill)
	if err := useAll(t, c); err != nil {
		kill()
		t.Fatalf("the child does not serve its store: %v\n%s", err, trouble.String())
	}
	return c, kill
}

// head keeps the beginning of what a child says.
type head struct {
	mu   sync.Mutex
	text []byte // guarded by mu
}

func (b *head) Write(p []byte) (int, error) {
	const most = 4 << 10
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p[:min(len(p), most-min(most, len(b.text)))]...)
	return len(p), nil
}

func (b *head) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}
