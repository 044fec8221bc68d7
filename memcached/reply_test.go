package memcached

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// TestReplies answers each operation with what a server, a proxy or a stranger
// might say. The secrets in the replies must not show.
func TestReplies(t *testing.T) {
	const inReply = "top-secret"
	all := []error{sessionstore.ErrNotFound, sessionstore.ErrFull, sessionstore.ErrTooLarge, sessionstore.ErrUnknownOutcome, io.EOF}
	for _, c := range []struct {
		name  string
		reply string
		read  []error // what Get's error matches, of all
		write []error // what the others' error matches
	}{
		{"closed", hangUp, []error{io.EOF}, []error{io.EOF, sessionstore.ErrUnknownOutcome}},
		{"no room", "SERVER_ERROR out of memory storing object\r\n", []error{sessionstore.ErrFull}, []error{sessionstore.ErrFull}},
		{"item limit", "SERVER_ERROR object too large for cache\r\n", []error{sessionstore.ErrTooLarge}, []error{sessionstore.ErrTooLarge}},
		{"other server error", "SERVER_ERROR " + inReply + "\r\n", nil, []error{sessionstore.ErrUnknownOutcome}},
		{"client error", "CLIENT_ERROR " + inReply + "\r\n", nil, nil},
		{"unknown command", "ERROR\r\n", nil, nil},
		{"too many connections", "ERROR Too many open connections\r\n", nil, nil},
		{"a stranger", "HTTP/1.1 400 " + inReply + "\r\n", nil, []error{sessionstore.ErrUnknownOutcome}},
		{"endless line", strings.Repeat(inReply, 10_000), nil, []error{sessionstore.ErrUnknownOutcome}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake(t, func(string) string { return c.reply })
			s := newStore(t, Options{}, f.addr())
			for _, op := range sessionOperations {
				err := op.call(t.Context(), s, "some-id")
				if err == nil {
					t.Fatalf("%s: got no error", op.name)
				}
				wants := c.read
				if op.unknown() {
					wants = c.write
				}
				for _, e := range all {
					want := false
					for _, w := range wants {
						want = want || w == e
					}
					if got := errors.Is(err, e); got != want {
						t.Errorf("%s: got error %q, which matches %q: %v, want %v", op.name, err, e, got, want)
					}
				}
				wantSecret(t, err, inReply, "some-id", "secret data")
			}
			if _, conns := f.count(""); conns != len(sessionOperations) {
				t.Errorf("%d failed calls used %d connections: none may be used again", len(sessionOperations), conns)
			}
		})
	}
}

func TestReplyOfAnotherKey(t *testing.T) {
	const reply = "VALUE session:other-id 0 11 1\r\nother's-own\r\nEND\r\n"
	f := newFake(t, func(string) string { return reply })
	s := newStore(t, Options{}, f.addr())
	got, err := s.Get(t.Context(), "my-id")
	if got != nil || err == nil || errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get: got %q and error %v, want an error that is not ErrNotFound", got, err)
	}
	wantSecret(t, err, "other-id", "other's-own", "my-id")
	s.Get(t.Context(), "my-id")
	if _, conns := f.count(""); conns != 2 {
		t.Errorf("got %d connections, want 2: the first must not be used again", conns)
	}
}

// TestWriteSentOnce loses the reply to each write.
func TestWriteSentOnce(t *testing.T) {
	f := newFake(t, func(command string) string {
		if strings.HasSuffix(command, "warm") {
			return "END\r\n"
		}
		return hangUp
	})
	s := newStore(t, Options{}, f.addr())
	for _, op := range operations {
		if !op.unknown() {
			continue
		}
		s.Get(t.Context(), "warm") // now there is an open connection
		wantErrors(t, op.name, op.call(t.Context(), s, "id"), sessionstore.ErrUnknownOutcome)
		if n, _ := f.count(op.verb); n != 1 {
			t.Errorf("%s was sent %d times, want once", op.name, n)
		}
	}
}

// TestUnaskedBytes finds bytes on an idle connection that would be taken for
// the next reply.
func TestUnaskedBytes(t *testing.T) {
	f := newFake(t, func(string) string { return "END\r\n" })
	s := newStore(t, Options{}, f.addr())
	s.Get(t.Context(), "id")
	f.send("VALUE session:id 0 5 1\r\nstale\r\nEND\r\n")
	idle := s.nodes[0].idle[0].conn
	for end := time.Now().Add(5 * time.Second); idle.quiet() && time.Now().Before(end); {
		time.Sleep(time.Millisecond) // the bytes are on their way
	}
	got, err := s.Get(t.Context(), "id")
	if !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get: got %q and error %v, want ErrNotFound", got, err)
	}
	if _, conns := f.count(""); conns != 2 {
		t.Errorf("got %d connections, want 2", conns)
	}
}

func TestErrorsNameOperation(t *testing.T) {
	f := newFake(t, func(string) string { return hangUp })
	s := newStore(t, Options{}, f.addr())
	for _, op := range operations {
		err := op.call(t.Context(), s, "id")
		if want := "memcached: " + op.text + ": "; !strings.HasPrefix(fmt.Sprint(err), want) {
			t.Errorf("got error %q, want it to begin with %q", err, want)
		}
	}
}
