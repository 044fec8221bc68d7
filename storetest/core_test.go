package storetest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// recordCore runs Core with a T that is no test and returns what it says.
func recordCore(tb testing.TB, harness func(t T) Harness) []string {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	rec := &recorder{tb: tb, ctx: ctx}
	Core(rec, harness(rec))
	for _, f := range slices.Backward(rec.cleanups) {
		f()
	}
	return rec.errors
}

// TestCoreCatchesMutants: Core says what Run would say. The mutants are some that
// break one rule alone, all over the table.
func TestCoreCatchesMutants(t *testing.T) {
	for rule, name := range map[string]string{
		"ID/Valid":          "folds case",
		"TTL/Invalid":       "takes 0 for ever",
		"Delete/Idempotent": "misses what is absent",
		"Swap/Atomic":       "looks and then sets",
	} {
		i := slices.IndexFunc(mutants, func(m mutant) bool { return m.rule == rule && m.name == name })
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { wantCaught(t, mutants[i], recordCore(t, mutants[i].harness)) })
		})
	}
}

func TestCoreOfSoundStores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		for _, e := range recordCore(t, func(T) Harness { return Harness{New: newMemory} }) {
			t.Error(e)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("Core waited for %v: it has a rule that takes time", took)
		}
	})
	plain := func(T) Harness {
		return Harness{New: func(t T) sessionstore.Store { return struct{ sessionstore.Store }{newMemory(t)} }}
	}
	for _, e := range recordCore(t, plain) {
		t.Errorf("a store with the four methods alone: %s", e)
	}
}

// TestCoreNeedsNoHook: what Core leaves out, Run would do, so that a rule with
// a hook has no place in it.
func TestCoreNeedsNoHook(t *testing.T) {
	n := 0
	for _, r := range rules {
		if !r.core {
			continue
		}
		n++
		if len(r.needs) > 0 || r.alone || r.server {
			t.Errorf("%s is in Core, and needs more than New", r.name)
		}
	}
	if n == 0 {
		t.Error("Core has no rules")
	}
}

func TestCoreLeavesOutLacks(t *testing.T) {
	i := slices.IndexFunc(mutants, func(m mutant) bool { return m.name == "misses what is absent" })
	lenient := func(t T) Harness {
		h := mutants[i].harness(t)
		h.Lacks = map[string]string{mutants[i].rule: "known"}
		return h
	}
	synctest.Test(t, func(t *testing.T) {
		for _, e := range recordCore(t, lenient) {
			if strings.HasPrefix(e, mutants[i].rule) {
				t.Errorf("a rule that the store is known to lack: %s", e)
			}
		}
	})
}
