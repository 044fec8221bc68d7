package survival

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coatcheck/sessionstore/bench/target"
)

// childVariable tells a process that it is the child, and with what.
const childVariable = "SESSIONSTORE_SURVIVAL_CHILD"

// childServed says that ServeChild was called: without it a child would do
// what its parent does.
var childServed atomic.Bool

// order is what a child has to do.
type order struct {
	Place target.Place
	Peer  string
	Shape shape
}

// ServeChild returns at once in a program that was started by its user. In one
// that [Run] started to be killed it writes sessions until that happens, and
// does not return. main, or TestMain, begins with it.
func ServeChild() {
	text, isChild := os.LookupEnv(childVariable)
	if !isChild {
		childServed.Store(true)
		return
	}
	if err := serveChild(text, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serveChild follows commands, a word on a line each, until there are no more:
// the parent has ended, in whatever way.
func serveChild(text string, commands io.Reader, out io.Writer) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return fmt.Errorf("%s cannot be read: %w", childVariable, err)
	}
	ctx := context.Background()
	s, err := openStore(ctx, o.Place, o.Peer)
	if err != nil {
		return err
	}
	j := &journal{lines: json.NewEncoder(out)}
	l := newLoad(s, j.write, o.Shape)
	defer l.stop()
	words := bufio.NewScanner(commands)
	for words.Scan() {
		j.answer(follow(ctx, l, words.Text()))
	}
	l.stop()
	return closeStore(s)
}

// follow carries out one command.
func follow(ctx context.Context, l *load, word string) error {
	switch word {
	case "seed":
		return l.seed(ctx)
	case "start":
		l.start(ctx)
	case "stop":
		l.stop()
	default:
		return fmt.Errorf("no command %q", word)
	}
	return nil
}

// journal sends notes to the parent. A line is one write to a pipe, and short
// enough to arrive whole or not at all, also from a process that is killed.
type journal struct {
	mu    sync.Mutex
	lines *json.Encoder // guarded by mu
}

func (j *journal) write(n note) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.lines.Encode(n); err != nil { // the parent has gone: nobody would know of what follows
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// answer tells that a command was carried out.
func (j *journal) answer(err error) {
	n := note{Op: control, At: time.Now(), Outcome: done}
	if err != nil {
		n.Outcome, n.Error = refused, err.Error()
	}
	j.write(n)
}
