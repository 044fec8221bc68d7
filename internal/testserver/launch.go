package testserver

import (
	"errors"
	"fmt"
	"os"
	"slices"
)

// ErrAbsent says that a server's program is not installed.
var ErrAbsent = errors.New("not installed")

// Launch is [NewRedis], [NewMemcached] or [NewPostgres] for a program that is
// no test: name is "redis", "memcached" or "postgres", and the caller closes
// the server. A program that is not installed is [ErrAbsent].
func Launch(name string, args ...string) (*Server, error) {
	k, err := named(name)
	if err != nil {
		return nil, err
	}
	program, err := k.find()
	if err != nil {
		return nil, fmt.Errorf("%w: %w (apt-get install %s)", ErrAbsent, err, k.debian)
	}
	return create(k, program, args)
}

// Given returns the server that the environment names, or nil where it names
// none.
func Given(name string) (*Server, error) {
	k, err := named(name)
	if err != nil {
		return nil, err
	}
	text := os.Getenv(k.variable)
	if text == "" {
		return nil, nil
	}
	return fromEnvironment(k, text)
}

// Close ends a server of [Launch] in the quickest way and removes its data. One
// that was given is left alone. It may be called again.
func (s *Server) Close() error {
	if !s.Owned() {
		return nil
	}
	return s.discard()
}

// Dir makes a directory for files of the caller's own, where the servers have
// theirs. The caller removes it; where it was killed, a later run does.
func Dir(name string) (string, error) { return makeDir(name) }

// Answers asks once whether a server answers at addr as the named kind does.
func Answers(name, addr string) error {
	k, err := named(name)
	if err != nil {
		return err
	}
	return k.ready(addr, "", 0)
}

// RemoveTemplate removes what this process's postgres servers were copied
// from. [Main] does it, too.
func RemoveTemplate() error {
	if template.dir == "" {
		return nil
	}
	return os.RemoveAll(template.dir)
}

func named(name string) (*kind, error) {
	kinds := []*kind{redis, memcached, postgres}
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
	if i < 0 {
		return nil, fmt.Errorf("testserver: no kind of server is named %q; there are redis, memcached, postgres", name)
	}
	return kinds[i], nil
}
