package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/coatcheck/sessionstore/bench/compare"
)

// options are what the command line says.
type options struct {
	full     bool
	dir      string
	backends []string
	from     string
}

const usage = `Usage: sessbench [-full] [-backends LIST] [-o DIR]
       sessbench -from FILE [-o DIR]

Compares the backends of sessionstore on this machine, and writes results.txt
(which benchstat reads) and report.html (which a browser opens from the disk).

`

const examples = `
Servers are programs on this machine, or containers, as SESSIONSTORE_SERVERS
says: local, docker, or auto, the default. SESSIONSTORE_REDIS_URL,
SESSIONSTORE_MEMCACHED_URL and SESSIONSTORE_POSTGRES_URL name servers that run
already. A backend without a server is left out, and the report says why. Files
lie in TMPDIR meanwhile: let that be on the disk that matters.

Ctrl-C ends the servers and keeps what was measured until then; a second one
ends at once and keeps nothing. The status is 0 if every part was measured, 1 if
one failed, 2 if the command line was wrong, and 130 after Ctrl-C.

Examples, from the root of a clone:
  go run ./bench/cmd/sessbench                            under a minute
  go run ./bench/cmd/sessbench -backends redis,postgres   these two only
  go run ./bench/cmd/sessbench -full -o bench/results     what is published: half an hour
  go run ./bench/cmd/sessbench -from results.txt          the report again
`

// errUsage says that the command line is wrong.
var errUsage = errors.New("wrong command line")

// parse reads the command line. Help and errors go to out; the error is then
// flag.ErrHelp or errUsage.
func parse(args []string, out io.Writer) (options, error) {
	var o options
	var list string
	f := flag.NewFlagSet("sessbench", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVar(&o.full, "full", false, "measure all there is: every operation and size, every event, a million sessions, others' packages")
	f.StringVar(&o.dir, "o", ".", "the `directory` for results.txt and report.html")
	f.StringVar(&list, "backends", "", "compare only these, a `list` such as redis,bolt")
	f.StringVar(&o.from, "from", "", "measure nothing: make the report of this results `file`")
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(out, usage)
		f.SetOutput(out)
		f.PrintDefaults()
		fmt.Fprint(out, examples)
		return o, err
	case err == nil:
		err = o.complete(f.Args(), list)
	}
	if err != nil {
		fmt.Fprintf(out, "sessbench: %v\nsessbench -h lists the flags.\n", err)
		return o, errUsage
	}
	return o, nil
}

// complete checks what the flag package cannot.
func (o *options) complete(rest []string, list string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag", rest[0])
	case o.from != "" && (o.full || list != ""):
		return errors.New("-from measures nothing: it goes with neither -full nor -backends")
	case o.dir == "":
		return errors.New("-o wants a directory; . is this one")
	}
	if list == "" {
		return nil
	}
	all := compare.Backends()
	for _, name := range strings.Split(list, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(all, name) {
			return fmt.Errorf("-backends: there is no %q; there are %s", name, strings.Join(all, ", "))
		}
		o.backends = append(o.backends, name)
	}
	return nil
}

// plan returns what the options ask for.
func (o *options) plan() compare.Plan {
	plan := compare.Quick()
	if o.full {
		plan = compare.Full()
	}
	if o.backends != nil {
		return plan.Only(o.backends)
	}
	return plan
}
