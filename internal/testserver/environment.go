package testserver

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// environmentLimit is how long a server from the environment may take to
// answer: somebody else may be starting it this moment.
const environmentLimit = 10 * time.Second

// fromEnvironment returns the server that a URL names, once it answers. A URL
// that names none is a failure, never a skip. No error shows the URL, which
// may hold a password.
func fromEnvironment(k *kind, text string) (*Server, error) {
	s := &Server{kind: k, url: text}
	u, err := url.Parse(text)
	if err == nil && slices.Contains(k.schemes, u.Scheme) {
		s.addr = hostPort(k, u)
	}
	if s.addr == "" {
		return nil, fmt.Errorf("%s does not name one %s server; write %s", k.variable, k.name, k.example)
	}
	if u.Scheme == "rediss" { // TLS needs more than ready knows
		return s, nil
	}
	for deadline := time.Now().Add(environmentLimit); ; time.Sleep(20 * time.Millisecond) {
		err := k.ready(s.addr, "", 0)
		if err == nil {
			return s, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%s: no %s answers at %s: %w", k.variable, k.name, s.addr, err)
		}
	}
}

// hostPort returns the address in u, with the port of the kind's example where
// u has none; "" without a host.
func hostPort(k *kind, u *url.URL) string {
	if u.Hostname() == "" || strings.Contains(u.Host, ",") {
		return ""
	}
	port := u.Port()
	if port == "" {
		example, _ := url.Parse(k.example) // a constant; TestHostPort parses each
		port = example.Port()
	}
	return net.JoinHostPort(u.Hostname(), port)
}
