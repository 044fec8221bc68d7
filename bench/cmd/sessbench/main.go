// Command sessbench compares the backends on this machine: it starts what
// servers it can, measures how fast each backend is, what it keeps when
// something is killed and what sessions cost, and ends with a table, a results
// file and a report to open in a browser. See -h for what it takes.
package main

import (
	"os"

	"github.com/coatcheck/sessionstore/bench/survival"
)

func main() {
	survival.ServeChild()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}
