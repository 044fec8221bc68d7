package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// local is a server of internal/testserver: a program on this machine, or one
// that the environment names.
type local struct {
	*testserver.Server
	kind string
}

// startLocal starts the program on this machine.
func startLocal(kind string, args []string) (Server, error) {
	s, err := testserver.Launch(kind, args...)
	if err != nil {
		return nil, err
	}
	return &local{s, kind}, nil
}

// given returns the server that the environment names, or nil.
func given(kind string) (Server, error) {
	s, err := testserver.Given(kind)
	if s == nil || err != nil {
		return nil, err
	}
	return &local{s, kind}, nil
}

func (s *local) Harness() string {
	if s.Owned() {
		return "local program"
	}
	return "given by " + Variable(s.kind)
}

func (s *local) Stop(context.Context) error  { return caught(s.Server.Stop) }
func (s *local) Kill(context.Context) error  { return caught(s.Server.Kill) }
func (s *local) Start(context.Context) error { return caught(s.Server.Start) }

// caught returns as an error what a change of a server reports to a test.
func caught(change func(testserver.Fataler)) error {
	var c catcher
	change(&c)
	return c.err
}

type catcher struct{ err error }

func (c *catcher) Helper() {}

func (c *catcher) Fatalf(format string, args ...any) { c.err = fmt.Errorf(format, args...) }

// Variable returns the name of the environment variable that holds the URL of
// a server of that kind which runs already.
func Variable(kind string) string {
	return "SESSIONSTORE_" + strings.ToUpper(kind) + "_URL"
}
