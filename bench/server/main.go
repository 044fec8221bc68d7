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

// endWithSignal ends the process when it is interrupted.
func endWithSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	Leave(<-signals)
}

// Leave ends the process for a signal, with a shell's status for that, and its
// containers with it. Local programs end with the process by themselves.
func Leave(s os.Signal) {
	if err := containers.RemoveAll(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	code := 1
	if number, ok := s.(syscall.Signal); ok {
		code = 128 + int(number)
	}
	os.Exit(code)
}
