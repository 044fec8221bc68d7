package testserver

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreePort returns a port that is free at this moment. It lies below 32768,
// where systems begin to hand out ports to clients, so that no connection
// takes the port of a server that is down for a while; and low enough that
// the bus of a redis cluster, 10000 above it, does too.
func FreePort() (int, error) {
	var err error
	for range 100 {
		port := 10000 + rand.IntN(12768)
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("no free port: %w", err)
}
