package testserver

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// command sends a redis at addr one command without blanks in its words, and
// returns a reply that is one line or one string.
func command(addr, text string) (string, error) {
	reply, err := ask(addr, text+"\r\n", complete)
	if err != nil {
		return "", fmt.Errorf("%s: %w", text, err)
	}
	line, rest, _ := bytes.Cut(reply, []byte("\r\n"))
	switch line[0] {
	case '-':
		return "", fmt.Errorf("%s: %s", text, line[1:])
	case '$':
		return string(bytes.TrimSuffix(rest, []byte("\r\n"))), nil
	default:
		return string(line[1:]), nil
	}
}

// complete reports whether a reply is there as a whole.
func complete(reply []byte) bool {
	line, rest, ok := bytes.Cut(reply, []byte("\r\n"))
	if !ok || line[0] != '$' {
		return ok
	}
	n, err := strconv.Atoi(string(line[1:]))
	return err != nil || n < 0 || len(rest) >= n+2
}

// eventually calls f until it returns nil, for as long as a start may take.
func eventually(f func() error) error {
	for deadline := time.Now().Add(startLimit); ; time.Sleep(5 * time.Millisecond) {
		err := f()
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
