package managers

import (
	"path/filepath"
	"testing"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/open"
)

func TestMain(m *testing.M) { testserver.Main(m) }

func newMemory(t *testing.T) *memory.Store {
	t.Helper()
	s, err := memory.New(memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// onEveryBackend runs test on a namespace of each backend.
func onEveryBackend(t *testing.T, test func(t *testing.T, store sessionstore.Store)) {
	for name, url := range map[string]func(t *testing.T) string{
		"memory":    func(*testing.T) string { return "memory:" },
		"bolt":      func(t *testing.T) string { return "bolt:" + filepath.Join(t.TempDir(), "sessions.db") },
		"redis":     func(t *testing.T) string { return testserver.Redis(t).URL() },
		"memcached": func(t *testing.T) string { return testserver.Memcached(t).URL() },
		"postgres":  func(t *testing.T) string { return testserver.Postgres(t).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open.URL(t.Context(), url(t))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			own, err := sessionstore.Namespace(s, "test-"+sessionstore.NewID()[:12])
			if err != nil {
				t.Fatal(err)
			}
			defer sessionstore.Clear(t.Context(), own) // memcached has none, and forgets by itself
			test(t, own)
		})
	}
}
