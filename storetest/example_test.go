package storetest_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/storetest"
	"github.com/coatcheck/sessionstore/storetest/internal/dirstore"
)

// A store that is not ours, in fifteen lines: New is all that the suite needs.
// The other hooks let it check more; what is not there is skipped, and said.
func TestThirdParty(t *testing.T) {
	open := func(t storetest.T, dir string) sessionstore.Store {
		s, err := dirstore.Open(dir)
		if err != nil {
			t.Fatalf("%v", err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	storetest.Run(t, storetest.Harness{
		New: func(t storetest.T) sessionstore.Store { return open(t, t.TempDir()) },

		Embedded: true,
		Reopen: func(t storetest.T, s sessionstore.Store) sessionstore.Store {
			return open(t, s.(*dirstore.Store).Dir())
		},
		Child: func(t storetest.T, s sessionstore.Store) *exec.Cmd {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "STORETEST_DIR="+s.(*dirstore.Store).Dir())
			return cmd
		},
		Corrupt: func(t storetest.T, s sessionstore.Store, id string) {
			if err := os.WriteFile(s.(*dirstore.Store).Dir()+"/s"+id, []byte("{"), 0o600); err != nil {
				t.Fatalf("%v", err)
			}
		},
	})
}
