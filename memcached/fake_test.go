package memcached

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fake is a memcached that answers as a test wants.
type fake struct {
	listener net.Listener
	answer   func(command string) string
	wait     sync.WaitGroup

	mu       sync.Mutex
	commands []string   // guarded by mu; the verbs that came
	conns    []net.Conn // guarded by mu; all that ever were
}

// hangUp is the answer that closes the connection; the empty one is none.
const hangUp = "hang up"

// newFake starts a server that calls answer for every command, without its
// data.
func newFake(t *testing.T, answer func(command string) string) *fake {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{listener: l, answer: answer}
	f.wait.Go(f.accept)
	t.Cleanup(func() {
		l.Close()
		f.closeConns()
		f.wait.Wait()
	})
	return f
}

// newBlackHole starts a server that accepts and never answers.
func newBlackHole(t *testing.T) *fake {
	t.Helper()
	return newFake(t, func(string) string { return "" })
}

func (f *fake) addr() string { return f.listener.Addr().String() }

func (f *fake) accept() {
	for {
		c, err := f.listener.Accept()
		if err != nil {
			return
		}
		f.mu.Lock()
		f.conns = append(f.conns, c)
		f.mu.Unlock()
		f.wait.Go(func() { f.serve(c) })
	}
}

func (f *fake) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		words := strings.Fields(line)
		switch words[0] {
		case "set", "add", "replace", "cas":
			size, _ := strconv.Atoi(words[4])
			if _, err := io.CopyN(io.Discard, r, int64(size)+2); err != nil {
				return
			}
		}
		f.mu.Lock()
		f.commands = append(f.commands, words[0])
		f.mu.Unlock()
		reply := f.answer(strings.TrimSpace(line))
		if reply == hangUp {
			return
		}
		io.WriteString(c, reply) // the client may be gone
	}
}

// send writes text to every open connection, unasked.
func (f *fake) send(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		io.WriteString(c, text) // it may be closed
	}
}

func (f *fake) closeConns() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		c.Close()
	}
}

// count returns how many commands of a verb came, and how many connections.
func (f *fake) count(verb string) (commands, conns int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.commands {
		if c == verb {
			commands++
		}
	}
	return commands, len(f.conns)
}
