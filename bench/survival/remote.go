package survival

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// answerLimit is how long a child may take for a command.
const answerLimit = time.Minute

// remote is an application in a process of its own, which can be killed.
type remote struct {
	cmd     *exec.Cmd
	words   io.WriteCloser
	answers chan note     // to commands
	read    chan struct{} // closed when all that the child wrote was read
	stderr  bytes.Buffer  // complete when the child was waited for
	over    bool          // it was killed, or closed
}

// startChild starts this program once more, with an order, and lets the ledger
// take what it notes.
func startChild(o order, l *ledger) (*remote, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	c := &remote{cmd: exec.Command(program), answers: make(chan note, 1), read: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	c.cmd.Stderr = &c.stderr
	if c.words, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go c.receive(out, l)
	return c, nil
}

// receive reads the child's notes until it ends. A last line that is not whole
// was not written before its end.
func (c *remote) receive(out io.Reader, l *ledger) {
	defer close(c.read)
	for lines := json.NewDecoder(out); ; {
		var n note
		if lines.Decode(&n) != nil {
			return
		}
		if n.Op == control {
			c.answers <- n
			continue
		}
		l.apply(n)
	}
}

func (c *remote) seed(ctx context.Context) error  { return c.command(ctx, "seed") }
func (c *remote) start(ctx context.Context) error { return c.command(ctx, "start") }
func (c *remote) stop() error                     { return c.command(context.Background(), "stop") }
func (c *remote) pid() int                        { return c.cmd.Process.Pid }

// command sends a word and waits for its answer.
func (c *remote) command(ctx context.Context, word string) error {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	if _, err := io.WriteString(c.words, word+"\n"); err != nil {
		return c.gone(err)
	}
	select {
	case n := <-c.answers:
		if n.Outcome != done {
			return errors.New(n.Error)
		}
		return nil
	case <-c.read:
		return c.gone(io.ErrUnexpectedEOF)
	case <-ctx.Done():
		return fmt.Errorf("the application does not answer: %w", ctx.Err())
	}
}

// gone ends a child that does not serve, and says what it said.
func (c *remote) gone(err error) error {
	c.kill()
	return fmt.Errorf("the application ended: %w: %s", err, bytes.TrimSpace(c.stderr.Bytes()))
}

// kill ends the child with SIGKILL, and waits until it is gone and all that it
// wrote was read.
func (c *remote) kill() {
	if c.over {
		return
	}
	c.over = true
	_ = c.cmd.Process.Kill() // it may have ended by itself
	<-c.read
	_ = c.cmd.Wait() // by the signal
	c.words.Close()
}

// close lets the child end by itself.
func (c *remote) close() error {
	if c.over {
		return nil
	}
	c.over = true
	c.words.Close()
	overdue := time.AfterFunc(answerLimit, func() { _ = c.cmd.Process.Kill() })
	defer overdue.Stop()
	<-c.read
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("the application: %w: %s", err, bytes.TrimSpace(c.stderr.Bytes()))
	}
	return nil
}
