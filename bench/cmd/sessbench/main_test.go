package main

import (
	"os"
	"testing"

	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/survival"
)

// commandVariable makes the test program be the command.
const commandVariable = "SESSBENCH_TEST_COMMAND"

func TestMain(m *testing.M) {
	survival.ServeChild()
	if os.Getenv(commandVariable) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	server.Main(m)
}
