package compare

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/environment"
	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/peers"
	"github.com/coatcheck/sessionstore/bench/target"
)

// Comparison is one run of a plan.
type Comparison struct {
	plan Plan
	dir  string
	run  *figures.Run

	targets []*target.Target // open for the comparison of speed
	stores  []contender
	reasons []absence
	sound   []target.Config // kept the contract when they were checked
	alone   *target.Target  // open for one part of growth or peers
	rivals  *peers.Match    // on alone, for the peers of its backend

	failures []error

	wrap func(target.Config, sessionstore.Store) sessionstore.Store // what is checked: the store, but in a test
}

// New returns a comparison that keeps its files in dir, on the disk that is
// measured.
func New(plan Plan, dir string) *Comparison {
	asItIs := func(_ target.Config, s sessionstore.Store) sessionstore.Store { return s }
	return &Comparison{plan: plan, dir: dir, run: &figures.Run{}, wrap: asItIs}
}

// Figures returns what was measured until now. It may be called after Run.
func (c *Comparison) Figures() *figures.Run { return c.run }

// Run carries out the plan and tells before each part how far it is. The error
// is that of ctx, or says which parts failed; either way the figures of the
// other parts are there, marked as incomplete, and everything that was started
// has ended.
func (c *Comparison) Run(ctx context.Context, progress func(Progress)) (err error) {
	defer func() { err = errors.Join(err, c.close()) }()
	progress(Progress{Title: "starting servers"})
	c.describe(ctx)
	if err := c.open(ctx); err != nil {
		return c.incomplete(ctx, err)
	}
	c.run.Set("harness", c.harness())
	steps := c.steps()
	clock := newClock(steps, time.Now)
	for i, s := range steps {
		progress(Progress{Title: s.title, Done: i, All: len(steps), Left: clock.remaining()})
		clock.begin()
		err := s.do(ctx)
		if ctx.Err() != nil {
			return c.incomplete(ctx, errors.Join(append(c.failures, context.Cause(ctx))...))
		}
		if err != nil {
			c.failures = append(c.failures, fmt.Errorf("%s: %w", s.title, err))
		}
		clock.end(s)
	}
	return c.incomplete(ctx, errors.Join(c.failures...))
}

// incomplete notes in the figures why they are not all there.
func (c *Comparison) incomplete(ctx context.Context, err error) error {
	var parts []string
	for _, f := range c.failures {
		line, _, _ := strings.Cut(f.Error(), "\n")
		parts = append(parts, line)
	}
	switch {
	case ctx.Err() != nil:
		parts = append(parts, "the run was interrupted")
	case len(parts) == 0 && err != nil:
		parts = append(parts, err.Error())
	}
	c.run.Set("incomplete", strings.Join(parts, "; "))
	return err
}

// describe notes where and how the figures come about.
func (c *Comparison) describe(ctx context.Context) {
	for _, s := range environment.Read(ctx, c.dir) {
		c.run.Set(s.Key, s.Value)
	}
	c.run.Set("sessions", fmt.Sprintf("%s stored, where a figure does not say otherwise", figures.Count(c.plan.Sessions)))
	if c.plan.Growth != nil {
		c.run.Set("growth-size", figures.Size(c.plan.Growth.SizeBytes))
	}
	c.run.Set("left-out", strings.Join(c.plan.LeftOut, "; "))
}

// steps returns the parts in their order. What decides between backends comes
// first.
func (c *Comparison) steps() []step {
	var all []step
	all = append(all, c.checks()...)
	all = append(all, c.baselines()...)
	all = append(all, c.speeds()...)
	all = append(all, step{"ending servers", time.Second, func(context.Context) error { return c.closeTargets() }})
	all = append(all, c.restarts()...)
	all = append(all, c.growths()...)
	return append(all, c.peers()...)
}

// close ends everything that is open.
func (c *Comparison) close() error {
	err := c.closeTargets()
	return errors.Join(err, c.release())
}
