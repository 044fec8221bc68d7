package server

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/coatcheck/sessionstore/bench/containers"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// Main is all that a package's TestMain needs: it is testserver.Main, and
// leaves no container behind when it is interrupted.
func Main(m interface{ Run() int }) {
	if _, err := choice(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	go endWithSignal()
	testserver.Main(m)
}

// endWithSignal ends the process when it is interrupted, without its
// containers. Local programs end with it by themselves.
func endWithSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	s := <-signals
	signal.Stop(signals) // a second one ends it at once
	if err := containers.RemoveAll(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	code := 1
	if number, ok := s.(syscall.Signal); ok {
		code = 128 + int(number) // as a shell would say it
	}
	os.Exit(code)
}
