package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/coatcheck/sessionstore/bench/compare"
	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/report"
	"github.com/coatcheck/sessionstore/bench/server"
)

// run does what the command line says and returns the status to exit with.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case o.from != "":
		err = again(o, stdout)
	default:
		err = measure(o, o.plan(), stdout, stderr)
	}
	return status(err, stderr)
}

// status says what went wrong, and returns the status for it.
func status(err error, stderr io.Writer) int {
	var s interrupted
	switch {
	case err == nil:
		return 0
	}
	fmt.Fprintf(stderr, "sessbench: %v\n", err)
	if errors.As(err, &s) {
		return 128 + int(s.signal)
	}
	return 1
}

// again makes the report of a results file.
func again(o options, stdout io.Writer) error {
	run, err := load(o.from)
	if err != nil {
		return err
	}
	if _, err := prepare(o.dir); err != nil {
		return err
	}
	path := filepath.Join(o.dir, reportName)
	if exists(path) {
		fmt.Fprintf(stdout, "Replacing %s.\n", path)
	}
	if err := render(path, run); err != nil {
		return err
	}
	return conclude(stdout, run, []string{path})
}

// measure carries out the plan, and writes down what there is of it, also where
// it was interrupted or failed in part.
func measure(o options, plan compare.Plan, stdout, stderr io.Writer) (err error) {
	there, err := prepare(o.dir, resultsName, reportName)
	if err != nil {
		return err
	}
	for _, path := range there {
		fmt.Fprintf(stderr, "sessbench: %s will be replaced, unless this run is not completed\n", path)
	}
	dir, err := os.MkdirTemp("", "sessbench-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir), server.Cleanup()) }()

	p := newProgress(stderr)
	ctx, stop := untilSignal(func() {
		p.note("Ending what was started; the figures until now are kept. A second Ctrl-C ends at once and keeps none.")
	})
	defer stop()
	comparison := compare.New(plan, dir)
	failed := comparison.Run(ctx, p.show)
	p.end()
	run := comparison.Figures()
	if isEmpty(run) {
		return errors.Join(failed, errors.New("nothing was measured, and nothing is written"))
	}
	paths, err := save(o.dir, run)
	if err != nil {
		return errors.Join(failed, err)
	}
	return errors.Join(failed, conclude(stdout, run, paths))
}

// isEmpty reports whether there is no figure of a backend.
func isEmpty(r *figures.Run) bool {
	return len(r.Latencies)+len(r.Restarts)+len(r.Growths)+len(r.Costs)+len(r.Peers) == 0
}

// conclude shows the figures that decide, and where the others are.
func conclude(out io.Writer, run *figures.Run, paths []string) error {
	if err := report.Text(out, run); err != nil {
		return err
	}
	for _, path := range paths {
		fmt.Fprintf(out, "Written: %s\n", path)
	}
	return nil
}

// interrupted says which signal ended the comparison.
type interrupted struct{ signal syscall.Signal }

func (s interrupted) Error() string { return "interrupted: " + s.signal.String() }

// untilSignal returns a context that ends with the first signal, which is told;
// the second one ends the process, and with it the servers.
func untilSignal(tell func()) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer signal.Stop(signals)
		select {
		case s := <-signals:
			cancel(interrupted{s.(syscall.Signal)})
			tell()
		case <-done:
			return
		}
		select {
		case s := <-signals:
			server.Leave(s)
		case <-done:
		}
	}()
	return ctx, sync.OnceFunc(func() { cancel(nil); close(done) })
}
