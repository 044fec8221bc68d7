package containers

import (
	"fmt"
	"net/netip"
	"net/url"
)

// overrideVariable is testcontainers' own. A process that is itself in a
// container sets it to the IP address of the engine's machine on their bridge.
const overrideVariable = "TESTCONTAINERS_HOST_OVERRIDE"

// address returns where the engine can publish ports so that this process, and
// nobody on another machine, reaches them. testcontainers' guess would take
// the router for the engine on a machine that looks like a container.
func address(daemon, override string) (netip.Addr, error) {
	if override != "" {
		ip, err := netip.ParseAddr(override)
		if err != nil {
			return ip, fmt.Errorf("%s=%s is not an IP address: correct or unset it", overrideVariable, override)
		}
		return ip, nil
	}
	u, err := url.Parse(daemon)
	if err != nil {
		return netip.Addr{}, err
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "" || u.Hostname() == "localhost" // a socket or a pipe, or loopback by name
	if !local && (err != nil || !ip.IsLoopback()) {
		return netip.Addr{}, fmt.Errorf("the engine at %s is on another machine, where servers without a password "+
			"would be open to its network: set DOCKER_HOST to one on this machine", daemon)
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
}
