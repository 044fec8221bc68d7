package storetest

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/storetest/internal/dirstore"
)

// TestMain becomes the application that a restart rule kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDirVariable); dir != "" {
		s, err := dirstore.Open(dir)
		if err != nil {
			log.Fatal(err)
		}
		ServeChild(directoryMutants[os.Getenv(childMutantVariable)](s))
	}
	os.Exit(m.Run())
}

// recorder is a T that keeps what it is told.
type recorder struct {
	tb  testing.TB
	ctx context.Context

	mu       sync.Mutex
	errors   []string // guarded by mu
	cleanups []func() // guarded by mu
}

func (r *recorder) Helper()                  {}
func (r *recorder) Logf(string, ...any)      {}
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) TempDir() string          { return r.tb.TempDir() }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) { panic("ruleT ends the goroutine itself") }

func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}

// record runs one rule and returns what it says.
func record(tb testing.TB, r rule, harness func(t T) Harness) []string {
	ctx, cancel := context.WithCancel(context.Background())
	rec := &recorder{tb: tb, ctx: ctx}
	t := &ruleT{T: rec, rule: r}
	h := harness(t)
	t.run(&h)
	cancel()
	for _, f := range slices.Backward(rec.cleanups) {
		f()
	}
	return rec.errors
}

// TestMutants breaks every rule at least once, and sees it caught by that
// rule for that reason. Mutants in process have a clock of their own; the
// others take real time and run one after another.
func TestMutants(t *testing.T) {
	defer func(d time.Duration) { patience = d }(patience)
	patience = 500 * time.Millisecond
	defer func(d time.Duration) { restartTime = d }(restartTime)
	restartTime = 500 * time.Millisecond // stores within the process are back at once
	caught := make(map[string][]string)
	for _, m := range mutants {
		caught[m.rule] = append(caught[m.rule], m.name)
		i := ruleIndex(m.rule)
		if i < 0 {
			t.Errorf("mutant %q breaks %s, which is no rule", m.name, m.rule)
			continue
		}
		t.Run(m.rule+"/"+m.name, func(t *testing.T) {
			check := func(t *testing.T) { wantCaught(t, m, record(t, rules[i], m.harness)) }
			if m.real {
				check(t)
				return
			}
			synctest.Test(t, check)
		})
	}
	for _, r := range rules {
		if len(caught[r.name]) == 0 {
			t.Errorf("%s has no mutant: nothing shows that it can fail", r.name)
		}
		t.Logf("%-24s caught: %s", r.name, strings.Join(caught[r.name], ", "))
	}
}

func wantCaught(t *testing.T, m mutant, errors []string) {
	t.Helper()
	if len(errors) == 0 {
		t.Errorf("the mutant that %s survives %s", m.name, m.rule)
		return
	}
	for _, e := range errors {
		if strings.HasPrefix(e, m.rule+": ") && strings.Contains(e, m.caught) {
			return
		}
	}
	t.Errorf("the mutant that %s is caught for an unrelated reason: got %q, want one with %q", m.name, errors, m.caught)
}

// TestReferences shows that what the mutants differ from breaks no rule. (The
// reference within a process is memory, which has its own conformance test.)
func TestReferences(t *testing.T) {
	whole := func(s sessionstore.Store) (sessionstore.Store, func()) { return s, func() {} }
	for _, ref := range []struct {
		name    string
		harness func(t T) Harness
		rules   []string
	}{
		{"network", networked(func(c *client) {}), []string{
			"ID/Secret", "Error/NotAMiss", "Error/UnknownOutcome", "Error/Recovers", "Ctx/Deadline", "Ctx/Cancel",
			"Trips/AsPublished", "Ping/Honest", "Close/Idempotent",
		}},
		{"server", serverOf(whole), []string{"Restart/ServerKilled"}},
		{"directory", directory(""), []string{"Restart/Clean", "Restart/AppKilled"}},
	} {
		for _, name := range ref.rules {
			t.Run(ref.name+"/"+name, func(t *testing.T) {
				for _, e := range record(t, rules[ruleIndex(name)], ref.harness) {
					t.Error(e)
				}
			})
		}
	}
}

// ruleIndex returns the place of a rule, or -1.
func ruleIndex(name string) int {
	return slices.IndexFunc(rules, func(r rule) bool { return r.name == name })
}

// TestHangIsAFailure has a rule that never ends.
func TestHangIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := rule{name: "Test/Hang", reason: "ends", check: func(t T, _ *Harness) { <-t.Context().Done() }}
		got := record(t, hang, func(T) Harness { return Harness{} })
		if len(got) != 1 || !strings.Contains(got[0], "hangs") {
			t.Errorf("a rule that hangs: got %q, want one failure that says so", got)
		}
	})
}

// TestFailureNamesItsRule reads what a user would read.
func TestFailureNamesItsRule(t *testing.T) {
	r := rule{name: "Test/Rule", reason: "is kept", check: func(t T, _ *Harness) { t.Fatalf("broken by %d", 7) }}
	got := record(t, r, func(T) Harness { return Harness{} })
	want := []string{"Test/Rule: broken by 7\n\tthe rule: is kept"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRoundUp(t *testing.T) {
	for _, c := range []struct{ ttl, unit, want time.Duration }{
		{1, 0, 1}, {1, 10, 10}, {9, 10, 10}, {10, 10, 10}, {11, 10, 20},
	} {
		if got := roundUp(c.ttl, c.unit); got != c.want {
			t.Errorf("roundUp(%d, %d): got %d, want %d", c.ttl, c.unit, got, c.want)
		}
	}
}
