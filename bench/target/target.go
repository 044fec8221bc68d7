package target

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync/atomic"

	"github.com/coatcheck/sessionstore/bench/server"
)

// Target is a backend that is ready to be measured.
type Target struct {
	Config

	// Server is nil where there is none.
	Server server.Server

	dir string
}

// places counts those of all targets: two may have one directory, or one server
// that was given.
var places atomic.Int64

// Open starts what the configuration needs. Files of backends without a server
// go into dir. Close ends it. Where there is no server, or one was given whose
// settings are others, the error is server.ErrUnavailable and says what to do.
func (c Config) Open(ctx context.Context, dir string) (*Target, error) {
	t := &Target{Config: c, dir: dir}
	if c.Embedded() {
		return t, nil
	}
	args, known := arguments[c]
	if !known {
		return nil, fmt.Errorf("target: there is no %s", c)
	}
	s, err := server.Start(ctx, c.Backend, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c, err)
	}
	t.Server = s
	if err := t.verify(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", c, err), s.Close())
	}
	return t, nil
}

// verify wants the settings that the running server has to be those that the
// configuration's name says.
func (t *Target) verify(ctx context.Context) error {
	settings, err := t.Settings(ctx)
	if err != nil {
		return err
	}
	has := settings.durability(t.Backend)
	switch {
	case has == t.Durability:
		return nil
	case !t.Server.Owned():
		return fmt.Errorf("%w: the server %s is set to %s (%s); change its settings, or unset %s to have one started",
			server.ErrUnavailable, t.Server.Harness(), has, settings, server.Variable(t.Backend))
	default:
		return fmt.Errorf("the server was started for %s and is set to %s (%s)", t.Durability, has, settings)
	}
}

// Place returns room for sessions that is empty: a prefix, a table or a file of
// its own.
func (t *Target) Place() Place {
	n := strconv.FormatInt(places.Add(1), 10)
	p := Place{Config: t.Config, Name: unique() + "_" + n}
	switch {
	case t.Server != nil:
		p.URL = t.Server.URL()
	case t.Backend == "bolt":
		p.URL = filepath.Join(t.dir, p.Name+".db")
	}
	return p
}

// Close ends the server, if there is one. Stores must be closed before.
func (t *Target) Close() error {
	if t.Server == nil {
		return nil
	}
	return t.Server.Close()
}
