package memcached

import (
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

const defaultPort = "11211"

// address is where a server listens: a net.Addr whose host is still a name,
// looked up whenever a connection is made. It is also the selector of a client
// that has this server only.
type address struct{ network, text string }

func (a address) Network() string { return a.network }
func (a address) String() string  { return a.text }

// PickServer makes address a memcache.ServerSelector.
func (a address) PickServer(string) (net.Addr, error) { return a, nil }

// Each makes address a memcache.ServerSelector.
func (a address) Each(f func(net.Addr) error) error { return f(a) }

// parseAddress reads host:port, host, or the path of a unix socket.
func parseAddress(server string) (address, error) {
	if strings.HasPrefix(server, "/") {
		return address{"unix", server}, nil
	}
	if !hasPort(server) {
		server = net.JoinHostPort(strings.Trim(server, "[]"), defaultPort)
	}
	host, port, err := net.SplitHostPort(server)
	if err != nil || !validHost(host) {
		return address{}, errAddress
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return address{}, fmt.Errorf("a server's port is no number from 1 to 65535: %w", errAddress)
	}
	return address{"tcp", net.JoinHostPort(host, port)}, nil
}

func validHost(host string) bool {
	if strings.Contains(host, ":") {
		_, err := netip.ParseAddr(host)
		return err == nil
	}
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune("/@?#[],%", r)
	})
}

// errAddress does not show the address: a password may have been put there.
var errAddress = errors.New("want a server as host:port, such as localhost:11211")

// hasPort tells host:port from a host, and from an IPv6 address alone.
func hasPort(server string) bool {
	if strings.HasPrefix(server, "[") {
		return strings.Contains(server, "]:")
	}
	return strings.Count(server, ":") == 1
}

// pick returns which of n servers has key: the choice of memcache.ServerList,
// so that gomemcache's other users find the same records. ServerList itself
// would look the names up once, without a deadline, and never again.
func pick(key string, n int) int {
	if n == 1 {
		return 0
	}
	return int(crc32.ChecksumIEEE([]byte(key)) % uint32(n))
}
