package storetest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	// ruleTimeout is how long a rule may take before it counts as hung.
	ruleTimeout = 90 * time.Second

	// ruleLimit is how many rules run at once. Most of them wait for a
	// deadline, so that it is more than there are processors.
	ruleLimit = 8

	newIsNil = "storetest: Harness.New is nil: it is the one hook that is required"
)

// Run checks every rule of the contract on the stores of h.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.New == nil {
		t.Fatal(newIsNil)
	}
	if h.Around == nil {
		h.Around = func(t *testing.T, rule func(t *testing.T)) { rule(t) }
	}
	rules := applicable(&h)
	for name := range h.Lacks {
		if !slices.ContainsFunc(rules, func(r rule) bool { return r.name == name }) {
			t.Errorf("storetest: Harness.Lacks names %q, which is no rule of this store", name)
		}
	}
	s := &suite{harness: &h, slots: make(chan struct{}, ruleLimit)}
	s.begun.Add(len(rules))
	var areas sync.WaitGroup
	for area, rules := range byArea(rules) {
		areas.Go(func() {
			chosen := false
			t.Run(area, func(t *testing.T) { chosen = true; s.runArea(t, rules) })
			if !chosen { // by go test -run: nobody is to wait for its rules
				s.begun.Add(-len(rules))
			}
		})
	}
	areas.Wait()
}

// applicable returns the rules that say something about the store.
func applicable(h *Harness) []rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r rule) bool { return r.server && h.Embedded })
}

// suite is one call of Run.
type suite struct {
	harness *Harness
	slots   chan struct{}  // one for each rule that runs
	alone   sync.RWMutex   // held for writing by a rule that must run alone
	begun   sync.WaitGroup // rules that have no goroutine yet: one that counts them waits for all
}

// byArea yields the rules under the first part of their names, in order.
func byArea(rules []rule) func(yield func(string, []rule) bool) {
	return func(yield func(string, []rule) bool) {
		for len(rules) > 0 {
			area, _, _ := strings.Cut(rules[0].name, "/")
			n := slices.IndexFunc(rules, func(r rule) bool { return !strings.HasPrefix(r.name, area+"/") })
			if n < 0 {
				n = len(rules)
			}
			if !yield(area, rules[:n]) {
				return
			}
			rules = rules[n:]
		}
	}
}

// runArea runs rules at the same time. It does so with goroutines, since
// t.Parallel allows no more than there are processors, and most rules wait.
func (s *suite) runArea(t *testing.T, rules []rule) {
	var wait sync.WaitGroup
	for _, r := range rules {
		wait.Go(func() {
			defer s.admit(r)() // before t.Run, so that a rule's time is its own
			_, name, _ := strings.Cut(r.name, "/")
			t.Run(name, func(t *testing.T) { s.runRule(t, r) })
		})
	}
	wait.Wait()
}

// admit waits until the rule may run, and returns what to call afterwards.
func (s *suite) admit(r rule) (leave func()) {
	s.begun.Done()
	s.begun.Wait()
	s.slots <- struct{}{}
	if r.alone {
		s.alone.Lock()
		return func() { s.alone.Unlock(); <-s.slots }
	}
	s.alone.RLock()
	return func() { s.alone.RUnlock(); <-s.slots }
}

func (s *suite) runRule(t *testing.T, r rule) {
	lack, lacks := s.harness.Lacks[r.name]
	if missing := r.missing(s.harness); missing != "" {
		if lacks {
			t.Logf("lacks: %s: %s", r.name, lack)
			return
		}
		t.Skipf("%s needs Harness.%s, which is nil", r.name, missing)
	}
	s.harness.Around(t, func(t *testing.T) {
		rt := &ruleT{T: t, rule: r, lenient: lacks}
		if r.lacked(rt, s.harness) {
			if lacks {
				t.Logf("lacks: %s: %s", r.name, lack)
				return
			}
			t.Skipf("%s: the store does not support %s", r.name, r.asks.name)
		}
		rt.run(s.harness)
		switch {
		case lacks && rt.failed.Load():
			t.Logf("lacks: %s: %s", r.name, lack)
		case lacks:
			t.Errorf("stale lack: the store keeps %s; remove it from Harness.Lacks", r.name)
		}
	})
}

// ruleT is the T of one rule. It says with each failure which rule broke.
type ruleT struct {
	T
	rule    rule
	lenient bool // log failures: the store is known to lack the rule
	failed  atomic.Bool
}

// run checks the rule and fails it where it hangs. The rule has a goroutine of
// its own, which is left behind then.
func (t *ruleT) run(h *Harness) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.rule.check(t, h)
	}()
	timeout := time.NewTimer(ruleTimeout)
	defer timeout.Stop()
	select {
	case <-done:
	case <-timeout.C:
		t.report("hangs: no end after %v\n%s", ruleTimeout, stacks())
	}
}

func (t *ruleT) Errorf(format string, args ...any) {
	t.Helper()
	t.report(format, args...)
}

func (t *ruleT) Fatalf(format string, args ...any) {
	t.Helper()
	t.report(format, args...)
	runtime.Goexit()
}

func (t *ruleT) report(format string, args ...any) {
	t.Helper()
	t.failed.Store(true)
	text := fmt.Sprintf("%s: %s\n\tthe rule: %s", t.rule.name, fmt.Sprintf(format, args...), t.rule.reason)
	if t.lenient {
		t.Logf("%s", text)
		return
	}
	t.T.Errorf("%s", text)
}

// stacks returns where every goroutine is.
func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

// scope runs f with a T of its own whose clean-ups run when f ends, so that a
// rule can make and give back many stores.
func scope(t T, f func(t T)) {
	s := &scopeT{T: t}
	defer s.cleanup()
	f(s)
}

type scopeT struct {
	T
	mu       sync.Mutex
	cleanups []func()
}

func (s *scopeT) Cleanup(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cleanups = append(s.cleanups, f)
}

func (s *scopeT) cleanup() {
	for _, f := range slices.Backward(s.cleanups) {
		f()
	}
}

// within returns a context for one operation. The suite's own operations have
// a deadline too, so that a store that hangs fails where it hangs.
func within(t T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
