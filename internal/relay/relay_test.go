package relay

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// echo answers each line with itself.
func echo(t *testing.T) *Relay {
	t.Helper()
	r, _ := counted(t)
	return r
}

// counted is echo, and tells how many bytes have reached the server.
func counted(t *testing.T) (*Relay, *atomic.Int64) {
	t.Helper()
	var arrived atomic.Int64
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go io.Copy(c, io.TeeReader(c, counter{&arrived}))
		}
	}()
	r, err := New(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); l.Close() })
	return r, &arrived
}

type counter struct{ bytes *atomic.Int64 }

func (c counter) Write(b []byte) (int, error) {
	c.bytes.Add(int64(len(b)))
	return len(b), nil
}

func dial(t *testing.T, r *Relay) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends a line and returns what comes back within a while.
func ask(c net.Conn, line string, wait time.Duration) (string, error) {
	if _, err := io.WriteString(c, line); err != nil {
		return "", err
	}
	c.SetReadDeadline(time.Now().Add(wait))
	return bufio.NewReader(c).ReadString('\n')
}

func TestPassCutPass(t *testing.T) {
	r := echo(t)
	c := dial(t, r)
	if got, err := ask(c, "one\n", time.Second); got != "one\n" {
		t.Fatalf("passing: got %q, %v", got, err)
	}
	if r.Conns() != 1 {
		t.Errorf("Conns: got %d, want 1", r.Conns())
	}
	r.Cut()
	if got, err := ask(c, "two\n", time.Second); err == nil {
		t.Errorf("an old connection after Cut: got %q, want an error", got)
	}
	if got, err := ask(dial(t, r), "two\n", time.Second); err == nil {
		t.Errorf("a new connection after Cut: got %q, want an error", got)
	}
	r.Pass()
	if got, err := ask(dial(t, r), "three\n", time.Second); got != "three\n" {
		t.Errorf("passing again: got %q, %v", got, err)
	}
}

func TestHangHolds(t *testing.T) {
	r := echo(t)
	c := dial(t, r)
	r.Hang()
	if got, err := ask(c, "one\n", 50*time.Millisecond); err == nil {
		t.Fatalf("hanging: got %q, want none", got)
	}
	r.Pass()
	c.SetReadDeadline(time.Now().Add(time.Second))
	if got, err := bufio.NewReader(c).ReadString('\n'); got != "one\n" {
		t.Errorf("what was held: got %q, %v, want the line", got, err)
	}
}

func TestLoseReply(t *testing.T) {
	r := echo(t)
	c, other := dial(t, r), dial(t, r)
	lost := make(chan struct{})
	r.LoseReply(func() { close(lost) })
	if got, err := ask(c, "one\n", time.Second); err == nil {
		t.Errorf("got %q, want no reply", got)
	}
	select {
	case <-lost:
	case <-time.After(time.Second):
		t.Error("the relay did not say that it lost a reply")
	}
	if got, err := ask(other, "two\n", time.Second); got != "two\n" {
		t.Errorf("the next reply: got %q, %v, want it", got, err)
	}
}

func TestCloseEndsHangingConnections(t *testing.T) {
	r := echo(t)
	c := dial(t, r)
	r.Hang()
	io.WriteString(c, "one\n")
	done := make(chan struct{})
	go func() { r.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Error("Close waits for a connection that hangs")
	}
}

func TestLoseReplyAfter(t *testing.T) {
	r := echo(t)
	c := dial(t, r)
	r.LoseReplyAfter(2, nil)
	for _, line := range []string{"one\n", "two\n"} {
		if got, err := ask(c, line, time.Second); got != line {
			t.Errorf("got %q, %v, want %q", got, err, line)
		}
	}
	if got, err := ask(c, "three\n", time.Second); err == nil {
		t.Errorf("got %q, want no reply", got)
	}
}

func TestLoseRequest(t *testing.T) {
	r, arrived := counted(t)
	c, other := dial(t, r), dial(t, r)
	lost := make(chan struct{})
	r.LoseRequest(func() { close(lost) })
	if got, err := ask(c, "one\n", time.Second); err == nil {
		t.Errorf("got %q, want no reply", got)
	}
	select {
	case <-lost:
	case <-time.After(time.Second):
		t.Error("the relay did not say that it lost a request")
	}
	if got, err := ask(other, "two\n", time.Second); got != "two\n" {
		t.Errorf("the next request: got %q, %v, want it back", got, err)
	}
	if got := arrived.Load(); got != 4 {
		t.Errorf("%d bytes reached the server, want the 4 of the second request", got)
	}
}

// A reply that is under way when a request is to be lost is carried.
func TestLoseRequestCarriesReplies(t *testing.T) {
	r := echo(t)
	c := dial(t, r)
	if got, err := ask(c, "one\n", time.Second); got != "one\n" {
		t.Fatalf("got %q, %v, want the line", got, err)
	}
	r.LoseRequest(nil)
	if !r.deliver(discard{c}, []byte("two\n"), true) {
		t.Error("a reply was lost instead of a request")
	}
	if got, err := ask(c, "three\n", time.Second); err == nil {
		t.Errorf("got %q, want no reply", got)
	}
}

// discard is a connection that takes everything.
type discard struct{ net.Conn }

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func TestReset(t *testing.T) {
	r := echo(t)
	c := dial(t, r)
	if got, err := ask(c, "one\n", time.Second); got != "one\n" {
		t.Fatalf("got %q, %v, want the line", got, err)
	}
	r.Reset()
	c.SetReadDeadline(time.Now().Add(time.Second))
	_, err := c.Read(make([]byte, 1))
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the old connection: got error %v, want that it was reset", err)
	}
	if got, err := ask(dial(t, r), "two\n", time.Second); got != "two\n" {
		t.Errorf("a new connection: got %q, %v, want the line", got, err)
	}
}
