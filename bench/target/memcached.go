package target

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// memcachedStats returns what the server answers to its stats commands, which
// the client library does not offer.
func memcachedStats(ctx context.Context, addr string, commands ...string) (map[string]string, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return nil, err
	}
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
