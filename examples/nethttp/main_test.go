package main

import (
	"testing"

	"github.com/coatcheck/sessionstore/examples/internal/program"
	"github.com/coatcheck/sessionstore/examples/internal/program/programtest"
)

func TestProgram(t *testing.T) { programtest.Script(t, program.Handler(newHandler)) }
