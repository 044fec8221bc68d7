package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/coatcheck/sessionstore/open"
)

const (
	openTimeout     = 5 * time.Second
	shutdownTimeout = 3 * time.Second
)

// run is the whole program: it opens what it needs, serves until ctx ends, and
// gives everything back.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, cost int) (err error) {
	set, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	if err := set.check(); err != nil {
		return err
	}
	store, err := openStore(ctx, set.store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	accounts, err := openUsers(set.users)
	if err != nil {
		return fmt.Errorf("cannot open the accounts: %w\nTo use another file: -users other.users.db", err)
	}
	defer func() { err = errors.Join(err, accounts.close()) }()
	listener, err := listen(set.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	s, err := newServer(config{
		store:     store,
		storeName: storeName(set.store),
		users:     accounts,
		hashCost:  cost,
		dev:       set.dev,
		log:       slog.New(slog.NewTextHandler(stderr, nil)),
	})
	if err != nil {
		return err
	}
	announce(stdout, set, listener.Addr())
	if err := serve(ctx, s.newHTTPServer(), listener, stdout); err != nil {
		return err
	}
	farewell(stdout, set)
	return nil
}

// check refuses one file for sessions and accounts: the one who opens it second
// would wait for the other's lock.
func (set settings) check() error {
	file, ok := strings.CutPrefix(set.store, "bolt:")
	if !ok || !isSameFile(file, set.users) {
		return nil
	}
	return fmt.Errorf("sessions and accounts need a file each, and -store and -users both name %s\n"+
		"To use another one: -users other.users.db", set.users)
}

// isSameFile also compares files that are not there yet, by their names.
func isSameFile(a, b string) bool {
	first, err := os.Stat(a)
	second, err2 := os.Stat(b)
	if err == nil && err2 == nil {
		return os.SameFile(first, second)
	}
	a, err = filepath.Abs(a)
	b, err2 = filepath.Abs(b)
	return err == nil && err2 == nil && a == b
}

// addrInUseOnWindows is what Windows says where others say EADDRINUSE.
const addrInUseOnWindows = syscall.Errno(10048)

func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, addrInUseOnWindows):
		return nil, fmt.Errorf("cannot serve on %s: %w\nAnother program has the port: choose a free one, such as -addr 127.0.0.1:8081", addr, err)
	case err != nil:
		return nil, fmt.Errorf("cannot serve on %s: %w", addr, err)
	}
	return listener, nil
}

func openStore(ctx context.Context, url string) (open.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	store, err := open.URL(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("cannot open the session store: %w\nTo use another one: -store bolt:other.db", err)
	}
	return store, nil
}

// serve answers requests until ctx ends, and then lets those under way finish.
// Connections that are still open after a while are cut: a browser holds some
// open for no request.
func serve(ctx context.Context, s *http.Server, listener net.Listener, stdout io.Writer) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	fmt.Fprintf(stdout, "\nStopping: this takes %v at most.\n", shutdownTimeout)
	bound, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := s.Shutdown(bound); err != nil {
		_ = s.Close() // they were given their time
	}
	return nil
}
