package memory_test

import (
	"testing"
	"testing/synctest"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/storetest"
)

func TestConformance(t *testing.T) {
	const gone = "memory ends with its process"
	storetest.Run(t, storetest.Harness{
		Around:     synctest.Test,
		Embedded:   true,
		RoundTrips: "testdata/roundtrips.json",
		New: func(t storetest.T) sessionstore.Store {
			s, err := memory.New(memory.Options{SweepInterval: -1})
			if err != nil {
				t.Fatalf("%v", err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		},
		Lacks: map[string]string{
			"Restart/Clean":     gone,
			"Restart/AppKilled": gone,
		},
	})
}
