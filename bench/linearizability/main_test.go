package linearizability

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

var (
	duration = flag.Duration("for", time.Minute, "how long TestBackends takes, all backends together")
	replay   = flag.Uint64("seed", 0, "the seed of a history that failed: TestBackends records nothing else")
	pages    = flag.String("pages", filepath.Join(os.TempDir(), "linearizability"), "the directory for pages that show a violation")
)

func TestMain(m *testing.M) { testserver.Main(m) }

// checkLimit bounds the check of one history. Most take less than a
// millisecond.
const checkLimit = 3 * time.Second

// judge does a run and fails t where a history cannot be explained, or where
// too many checks did not end. It tells all that was counted.
func judge(t *testing.T, r Run) Report {
	t.Helper()
	if r.Seed == 0 {
		r.Seed = rand.Uint64()
	}
	r.Limit = checkLimit
	report := r.Do()
	t.Log(report)
	if report.Violation != nil {
		t.Errorf("no order of the operations explains a history: see %s\n"+
			"to record it again and again: go test ./bench/linearizability -run '%s$' -seed %d",
			page(t, r.Model, *report.Violation), t.Name(), report.Violation.Seed)
	}
	if 10*report.Undecided > report.Histories {
		t.Errorf("%d of %d checks did not end within %v: the histories are too long", report.Undecided, report.Histories, checkLimit)
	}
	return report
}

// page writes what shows the violation and returns where it is.
func page(t *testing.T, m Model, h History) string {
	t.Helper()
	name, err := m.Visualize(h, *pages, filepath.Base(t.Name()), checkLimit)
	if err != nil {
		t.Errorf("writing the page that shows it: %v", err)
	}
	return name
}
