// Signin is a web application with accounts: sign up, sign in, be greeted, see
// where else one is signed in and end that, change the password, sign out. Its
// sessions are in any of the five backends, through httpsession, and outlast a
// restart where their store does. The accounts are in a file of their own.
//
//	go run ./examples/signin
//
// Read server.go first (what is served), then visitor.go (what a session
// holds), account.go, visit.go and control.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(exitCode(run(ctx, os.Args[1:], os.Stdout, os.Stderr, hashCost), os.Stderr))
}

// exitCode is 0 for success and for -h, 2 for wrong flags, and 1 otherwise.
func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2 // parseFlags has said why
	}
	fmt.Fprintln(stderr, "signin:", err)
	return 1
}

// settings are what the flags say.
type settings struct {
	addr  string
	store string
	users string
	dev   bool
	given []string // as typed, to be printed again
}

var errUsage = errors.New("wrong usage")

func parseFlags(args []string, stderr io.Writer) (settings, error) {
	set := settings{given: args}
	flags := flag.NewFlagSet("signin", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&set.addr, "addr", "127.0.0.1:8080", "serve on `host:port`")
	flags.StringVar(&set.store, "store", "bolt:signin.db", "keep sessions in the store that `URL` names: bolt:FILE, redis://…, memcached://…, postgres://… or memory:")
	flags.StringVar(&set.users, "users", "signin.users.db", "keep accounts in `FILE`, whatever the store")
	flags.BoolVar(&set.dev, "dev", false, "development over plain HTTP: a cookie without Secure and the __Host- prefix")
	err := flags.Parse(args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		err = errUsage
	}
	if err == nil && flags.NArg() > 0 {
		fmt.Fprintf(stderr, "signin takes flags only, not %q\n", flags.Arg(0))
		flags.Usage()
		err = errUsage
	}
	if _, port, wrong := net.SplitHostPort(set.addr); err == nil && (wrong != nil || port == "") {
		// Package net takes no address for every one and any port.
		fmt.Fprintf(stderr, "-addr takes host:port, such as -addr 127.0.0.1:8080, not %q\n", set.addr)
		err = errUsage
	}
	return set, err
}
