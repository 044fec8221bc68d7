package memcached

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// action is what a tap does with a command.
type action int

const (
	carry       action = iota
	loseRequest        // the server never gets it; the connection ends
	loseReply          // the server carries it out; the connection ends
	refuse             // the server never gets it, and says that it is full
)

// tap stands before servers and shows their commands, one at a time, to a
// test, before they are carried.
type tap struct {
	t    *testing.T
	wait sync.WaitGroup

	mu       sync.Mutex
	armed    func(n int, command string) action // guarded by mu
	commands []string                           // guarded by mu; since it was armed
	closers  []io.Closer                        // guarded by mu
}

func newTap(t *testing.T) *tap {
	p := &tap{t: t}
	t.Cleanup(func() {
		p.mu.Lock()
		for _, c := range p.closers {
			c.Close()
		}
		p.mu.Unlock()
		p.wait.Wait()
	})
	return p
}

// before returns an address at which the server answers through the tap.
func (p *tap) before(server string) string {
	p.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	p.keep(l)
	p.wait.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			p.wait.Go(func() { p.serve(client, server) })
		}
	})
	return l.Addr().String()
}

func (p *tap) keep(c io.Closer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closers = append(p.closers, c)
}

// arm calls f for each command from now on, with its number from 0.
func (p *tap) arm(f func(n int, command string) action) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.armed, p.commands = f, nil
}

// once calls f before command n, and carries everything.
func (p *tap) once(n int, f func()) {
	p.arm(func(i int, _ string) action {
		if i == n {
			f()
		}
		return carry
	})
}

// verbs returns which commands came since the tap was armed.
func (p *tap) verbs() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var verbs []string
	for _, c := range p.commands {
		verb, _, _ := strings.Cut(c, " ")
		verbs = append(verbs, verb)
	}
	return strings.Join(verbs, " ")
}

func (p *tap) decide(command string) action {
	p.mu.Lock()
	n, f := len(p.commands), p.armed
	p.commands = append(p.commands, command)
	p.mu.Unlock()
	if f == nil {
		return carry
	}
	return f(n, command)
}

func (p *tap) serve(client net.Conn, addr string) {
	p.keep(client)
	defer client.Close()
	requests := bufio.NewReader(client)
	var server net.Conn
	var replies *bufio.Reader
	for {
		request, command, err := readRequest(requests)
		if err != nil {
			return
		}
		act := p.decide(command)
		if act == loseRequest {
			return
		}
		if act == refuse {
			io.WriteString(client, "SERVER_ERROR out of memory storing object\r\n")
			continue
		}
		if server == nil {
			if server, err = net.Dial("tcp", addr); err != nil {
				return
			}
			defer server.Close()
			replies = bufio.NewReader(server)
		}
		server.Write(request)
		reply, err := readReply(replies)
		if err != nil || act == loseReply {
			return
		}
		client.Write(reply)
	}
}

// readRequest returns a command with its data, and without.
func readRequest(r *bufio.Reader) (request []byte, command string, err error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, "", err
	}
	words := strings.Fields(line)
	request = []byte(line)
	switch words[0] {
	case "set", "add", "replace", "cas":
		request, err = readData(r, request, words[4])
	}
	return request, strings.TrimSpace(line), err
}

// readReply returns all lines of the answer to one command.
func readReply(r *bufio.Reader) ([]byte, error) {
	var reply []byte
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		reply = append(reply, line...)
		words := strings.Fields(line)
		if words[0] != "VALUE" {
			return reply, nil
		}
		if reply, err = readData(r, reply, words[3]); err != nil {
			return nil, err
		}
	}
}

func readData(r *bufio.Reader, head []byte, size string) ([]byte, error) {
	n, err := strconv.Atoi(size)
	if err != nil {
		return nil, fmt.Errorf("no size: %q", size)
	}
	data := make([]byte, n+2)
	_, err = io.ReadFull(r, data)
	return append(head, data...), err
}
