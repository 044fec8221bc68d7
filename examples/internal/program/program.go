// Package program is what the small example programs have in common: the flags
// -addr and -store, a store opened by its URL, a server until Ctrl-C.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/open"
)

// shutdownTimeout is how long requests under way may take after Ctrl-C.
const shutdownTimeout = 3 * time.Second

// Server is what a program serves with. *http.Server is one.
type Server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
}

// Build returns the program's server, whose sessions are in store.
type Build func(store sessionstore.Store) (Server, error)

// Handler is a Build for programs that are an http.Handler.
func Handler(build func(store sessionstore.Store) (http.Handler, error)) Build {
	return func(store sessionstore.Store) (Server, error) {
		h, err := build(store)
		return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}, err
	}
}

// Main is a program's main. It does not return.
func Main(build Build) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	switch err := Run(ctx, os.Args[1:], os.Stdout, os.Stderr, build); {
	case errors.Is(err, errUsage):
		os.Exit(2) // package flag has said why
	case err != nil && !errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Run opens the store, serves until ctx ends, and gives everything back.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, build Build) (err error) {
	addr, url, err := parse(args, stderr)
	if err != nil {
		return err
	}
	store, err := open.URL(ctx, url)
	if err != nil {
		return fmt.Errorf("cannot open the session store: %w\nTo use another one: -store bolt:other.db", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	server, err := build(store)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot serve: %w\nIf another program has the port, choose a free one: -addr 127.0.0.1:8081", err)
	}
	fmt.Fprintf(stdout, "Serving at http://%s, until Ctrl-C. Try:\n"+
		"  curl -c example.cookies -b example.cookies -d name=ada http://%[1]s/signin\n"+
		"  curl -c example.cookies -b example.cookies http://%[1]s/\n"+
		"  curl -c example.cookies -b example.cookies -X POST http://%[1]s/signout\n", listener.Addr())
	return serve(ctx, server, listener)
}

var errUsage = errors.New("wrong usage")

func parse(args []string, stderr io.Writer) (addr, url string, err error) {
	flags := flag.NewFlagSet(filepath.Base(os.Args[0]), flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&addr, "addr", "127.0.0.1:8080", "serve on `host:port`")
	flags.StringVar(&url, "store", "bolt:sessions.db", "keep sessions in the store that `URL` names: bolt:FILE, redis://…, memcached://…, postgres://… or memory:")
	err = flags.Parse(args)
	switch {
	case err != nil && !errors.Is(err, flag.ErrHelp):
		err = errUsage
	case err == nil && flags.NArg() > 0:
		fmt.Fprintf(stderr, "%s takes flags only, not %q\n", flags.Name(), flags.Arg(0))
		flags.Usage()
		err = errUsage
	}
	return addr, url, err
}

// serve answers requests until ctx ends, and lets those under way finish.
func serve(ctx context.Context, server Server, listener net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := server.Shutdown(bound)
	if served := <-ended; served != nil && !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
