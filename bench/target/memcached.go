package target

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// memcachedStats returns what the server answers to its stats commands, which
// the client library does not offer.
func memcachedStats(ctx context.Context, addr string, commands ...string) (map[string]string, error) {
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stats := map[string]string{}
	lines := bufio.NewScanner(conn)
	for _, command := range commands {
		if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
			return nil, err
		}
		for {
			if !lines.Scan() {
				return nil, fmt.Errorf("memcached: %s: the answer has no end: %w", command, lines.Err())
			}
			rest, found := strings.CutPrefix(lines.Text(), "STAT ")
			if !found {
				break
			}
			name, value, _ := strings.Cut(rest, " ")
			stats[name] = value
		}
	}
	return stats, nil
}

// crawl has the server look for expired items now. It does so by itself, too,
// in the order of a minute to an hour. One that is just doing it is left to it.
func crawl(ctx context.Context, addr string) error {
	conn, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "lru_crawler crawl all\r\n"); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(answer, "OK") && !strings.HasPrefix(answer, "BUSY") {
		return fmt.Errorf("memcached: lru_crawler: the answer is %q, want OK", strings.TrimSpace(answer))
	}
	return nil
}

func dial(ctx context.Context, addr string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(5 * time.Second))
}
