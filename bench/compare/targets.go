package compare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/measure"
	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/open"
)

// contender is a target's store in the comparison of speed.
type contender struct {
	measure.Contender
	target figures.Target
	store  open.Store
	place  target.Place
	again  bool // the second one of its target: the noise
}

// absence is a configuration that cannot run, and why.
type absence struct {
	target.Config
	why string
}

// open opens a target and a store for each configuration, and reads back the
// server's settings. One that cannot run is noted with the reason, and where
// there is a server and it does not work, that is a failure as well: the others
// are measured.
func (c *Comparison) open(ctx context.Context) error {
	down := map[string]string{} // why a server that was given does not work, for all of its settings
	for _, config := range c.plan.Configs {
		if why, known := down[config.Backend]; known {
			c.reasons = append(c.reasons, absence{config, why})
			continue
		}
		err := c.enter(ctx, config)
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), err)
		}
		if err == nil {
			continue
		}
		why := reason(config, err)
		c.reasons = append(c.reasons, absence{config, why})
		if errors.Is(err, server.ErrUnavailable) {
			continue
		}
		c.failures = append(c.failures, fmt.Errorf("%s: %s", config, why))
		if os.Getenv(server.Variable(config.Backend)) != "" {
			down[config.Backend] = why
		}
	}
	c.noteAbsences()
	return c.doubled(ctx)
}

// enter opens a target, reads its settings, and opens its store.
func (c *Comparison) enter(ctx context.Context, config target.Config) error {
	t, err := config.Open(ctx, c.dir)
	if err != nil {
		return err
	}
	settings, err := t.Settings(ctx)
	if err == nil {
		err = c.openStore(ctx, t, false)
	}
	if err != nil {
		return errors.Join(err, t.Close())
	}
	c.targets = append(c.targets, t)
	c.run.SetServer(figures.Target(config), settings.String())
	return nil
}

func (c *Comparison) openStore(ctx context.Context, t *target.Target, again bool) error {
	place := t.Place()
	s, err := place.Open(ctx)
	if err != nil {
		return err
	}
	name := t.Config.String()
	if again {
		name += " again"
	}
	c.stores = append(c.stores, contender{measure.Contender{Name: name, Store: s}, figures.Target(t.Config), s, place, again})
	return nil
}

// doubled opens one target's store twice: what the two differ by is noise.
func (c *Comparison) doubled(ctx context.Context) error {
	if len(c.stores) == 0 {
		return c.nothing()
	}
	i := slices.IndexFunc(c.targets, func(t *target.Target) bool { return t.Server != nil })
	return c.openStore(ctx, c.targets[max(i, 0)], true)
}

// nothing says why there is nothing to compare.
func (c *Comparison) nothing() error {
	errs := []error{errors.New("no backend can run")}
	for _, s := range c.run.Unavailable() {
		errs = append(errs, fmt.Errorf("%s: %s", s.Key, s.Value))
	}
	return errors.Join(errs...)
}

// reason returns why a configuration cannot run, without what the reader knows.
func reason(c target.Config, err error) string {
	text := strings.TrimPrefix(err.Error(), c.String()+": ")
	return strings.TrimPrefix(text, server.ErrUnavailable.Error()+": ")
}

// noteAbsences names a backend once where none of its settings can run, and
// else each of them.
func (c *Comparison) noteAbsences() {
	for _, a := range c.reasons {
		here := func(t *target.Target) bool { return t.Backend == a.Backend }
		if slices.ContainsFunc(c.targets, here) {
			c.run.SetUnavailable(a.Config.String(), a.why)
		} else {
			c.run.SetUnavailable(a.Backend, a.why)
		}
	}
}

// isAbsent reports whether a configuration cannot run, or none of its backend.
func (c *Comparison) isAbsent(config target.Config) bool {
	return slices.ContainsFunc(c.run.Unavailable(), func(s figures.Setting) bool {
		return s.Key == config.String() || s.Key == config.Backend
	})
}

// harness returns what the servers run in.
func (c *Comparison) harness() string {
	var words []string
	for _, t := range c.targets {
		if t.Server != nil && !slices.Contains(words, t.Server.Harness()) {
			words = append(words, t.Server.Harness())
		}
	}
	if len(words) == 0 {
		return "no servers"
	}
	return strings.Join(words, ", ")
}

// closeTargets closes stores, then targets.
func (c *Comparison) closeTargets() error {
	var errs []error
	for _, t := range c.targets {
		errs = append(errs, c.closeStores(t))
	}
	for _, t := range c.targets {
		errs = append(errs, t.Close())
	}
	c.targets = nil
	return errors.Join(errs...)
}

// closeStores closes the stores of a target, which then are measured no more.
func (c *Comparison) closeStores(t *target.Target) error {
	var errs []error
	c.stores = slices.DeleteFunc(c.stores, func(s contender) bool {
		if s.target != figures.Target(t.Config) {
			return false
		}
		errs = append(errs, s.store.Close(), remove(t, s.place))
		return true
	})
	return errors.Join(errs...)
}

// removeTimeout bounds how long sessions are removed from a server that stays.
const removeTimeout = time.Minute

// remove removes the sessions of a place from a server that was given. One that
// was started here takes them along.
func remove(t *target.Target, p target.Place) error {
	if t.Server == nil || t.Server.Owned() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), removeTimeout)
	defer cancel()
	return t.Remove(ctx, p)
}

// use opens a target for a part that needs one for itself, unless it is open
// from the step before, and checks that it answers as it should.
func (c *Comparison) use(ctx context.Context, config target.Config) (*target.Target, error) {
	if c.alone != nil && c.alone.Config == config {
		return c.alone, nil
	}
	if err := c.release(); err != nil {
		return nil, err
	}
	t, err := config.Open(ctx, c.dir)
	if err != nil {
		return nil, err
	}
	if err := c.check(ctx, t); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	c.alone = t
	return t, nil
}

// release closes the target of use, and the match on it.
func (c *Comparison) release() error {
	if c.alone == nil {
		return nil
	}
	t := c.alone
	c.alone = nil
	return errors.Join(c.endMatch(), t.Close())
}
