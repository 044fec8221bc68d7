package containers

import (
	"context"
	"fmt"
	"time"

	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// answering is testcontainers' way to wait for a server: by the server's own
// protocol. A log would show the lines of the run before as well, and a port
// takes connections before there is a server behind it.
type answering struct{ name, addr string }

var _ wait.Strategy = answering{}

// WaitUntilReady returns when the server answers, or has ended, or ctx has.
func (a answering) WaitUntilReady(ctx context.Context, target wait.StrategyTarget) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		problem := testserver.Answers(a.name, a.addr)
		if problem == nil {
			return nil
		}
		state, err := target.State(ctx)
		if err == nil && !state.Running {
			return fmt.Errorf("the server ended with exit code %d", state.ExitCode)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer in time (%w): %w", ctx.Err(), problem)
		case <-ticker.C:
		}
	}
}
