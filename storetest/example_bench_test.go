package storetest_test

import (
	"testing"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/storetest"
	"github.com/coatcheck/sessionstore/storetest/internal/dirstore"
)

// The benchmarks of a store that is not ours: as in its conformance test, New
// is all that they need.
func BenchmarkThirdParty(b *testing.B) {
	storetest.Bench(b, storetest.Harness{New: func(t storetest.T) sessionstore.Store {
		s, err := dirstore.Open(t.TempDir())
		if err != nil {
			t.Fatalf("%v", err)
		}
		return s
	}})
}
