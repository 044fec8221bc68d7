package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

const (
	// maxAttempts bounds how often a statement is sent that the server
	// refuses with a serialization failure or a deadlock. The pauses between
	// them take two to three seconds.
	maxAttempts = 100

	// maxPause is the longest pause between two attempts.
	maxPause = 50 * time.Millisecond
)

// read runs query on a connection. Its error may be shown.
func (c *core) read(ctx context.Context, query func(*pgxpool.Conn) error) error {
	_, err := c.do(ctx, query)
	if err != nil {
		return cause(ctx, err)
	}
	return nil
}

// write runs a statement and returns how many rows it changed. Its error is
// one of change.
func (c *core) write(ctx context.Context, sql string, args ...any) (rows int64, err error) {
	err = c.change(ctx, func(conn *pgxpool.Conn) error {
		tag, err := conn.Exec(ctx, sql, args...)
		rows = tag.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return rows, nil
}

// change runs query, one statement that writes, on a connection. Its error may
// be shown, and says whether the outcome is unknown. What query has set counts
// only where there is no error: with a stricter isolation the server may send a
// row and then refuse to commit.
func (c *core) change(ctx context.Context, query func(*pgxpool.Conn) error) error {
	sent, err := c.do(ctx, query)
	switch {
	case err == nil:
		return nil
	case sent && unknown(err):
		return contract.Unknown(cause(ctx, err))
	default:
		return cause(ctx, err)
	}
}

// do runs query on a connection from the pool, again where the server refused
// it and asks for another try. It tells whether query got a connection the
// last time.
func (c *core) do(ctx context.Context, query func(*pgxpool.Conn) error) (sent bool, err error) {
	for attempt := 1; ; attempt++ {
		if c.closed.Load() {
			return false, sessionstore.ErrClosed
		}
		sent, err = c.try(ctx, query)
		if err != nil && !sent && c.closed.Load() {
			return false, sessionstore.ErrClosed // Close ended the attempt to connect
		}
		if err == nil || !refused(err) || attempt == maxAttempts || !pause(ctx, attempt) {
			return sent, err
		}
	}
}

func (c *core) try(ctx context.Context, query func(*pgxpool.Conn) error) (sent bool, err error) {
	conn, err := c.pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	return true, query(conn)
}

// pause waits before another attempt, at random so that those who collided do
// not collide again, and returns false when ctx ends first.
func pause(ctx context.Context, attempt int) bool {
	longest := min(maxPause, time.Millisecond<<min(attempt, 10))
	timer := time.NewTimer(rand.N(longest))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
