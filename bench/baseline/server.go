package baseline

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
)

func redis(url string) (*Baseline, error) {
	options, err := goredis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	options.ContextTimeoutEnabled = true
	client := goredis.NewClient(options)
	return &Baseline{
		What:  "redis-PING",
		do:    func(ctx context.Context) error { return client.Ping(ctx).Err() },
		close: client.Close,
	}, nil
}

// postgres prepares the statement, as the store does.
func postgres(ctx context.Context, url string) (*Baseline, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	return &Baseline{
		What: "postgres-SELECT-1",
		do: func(ctx context.Context) error {
			var one int
			return conn.QueryRow(ctx, "SELECT 1").Scan(&one)
		},
		close: func() error { return conn.Close(context.WithoutCancel(ctx)) },
	}, nil
}

// memcached has a connection of its own: the client library has no command
// that asks nothing of the server.
func memcached(ctx context.Context, addr string) (*Baseline, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	answers := bufio.NewReader(conn)
	ask := func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		defer stop()
		if _, err := io.WriteString(conn, "version\r\n"); err != nil {
			return errors.Join(ctx.Err(), err)
		}
		answer, err := answers.ReadString('\n')
		if err != nil {
			return errors.Join(ctx.Err(), err)
		}
		if !strings.HasPrefix(answer, "VERSION ") {
			return fmt.Errorf("unexpected answer %q", answer)
		}
		return nil
	}
	return &Baseline{What: "memcached-version", do: ask, close: conn.Close}, nil
}
