package bench

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/coatcheck/sessionstore/bench/compare"
	"github.com/coatcheck/sessionstore/bench/environment"
	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/target"
)

// leftOut is what the plain command does not measure.
const leftOut = "sessions of 128 B and 16 KiB; growth; restarts but that of a killed process; peers (-bench.full -timeout 0 measures them all)"

// printHead prints what stands before the results, in the benchmark format.
func (m *matrix) printHead(ctx context.Context, w io.Writer) {
	for _, s := range m.head(ctx).Settings {
		fmt.Fprintf(w, "%s: %s\n", s.Key, s.Value)
	}
}

func (m *matrix) head(ctx context.Context) *figures.Run {
	run := &figures.Run{}
	for _, s := range environment.Read(ctx, m.dir) {
		run.Set(s.Key, s.Value)
	}
	run.Set("harness", m.harness())
	run.Set("left-out", leftOut)
	if *full {
		run.Set("left-out", strings.Join(compare.Full().LeftOut, "; "))
	}
	for _, e := range m.entries {
		run.SetServer(figures.Target(e.Config), e.settings.String())
	}
	for _, c := range target.Configs() {
		if err := m.absent[c]; err != nil {
			run.SetUnavailable(m.absentName(c), err.Error())
		}
	}
	return run
}

// harness says what each backend's servers run in.
func (m *matrix) harness() string {
	var parts []string
	said := map[string]bool{}
	for _, e := range m.entries {
		if e.Server == nil || said[e.Backend] {
			continue
		}
		said[e.Backend] = true
		parts = append(parts, e.Backend+": "+e.Server.Harness())
	}
	if len(parts) == 0 {
		return "no servers"
	}
	return strings.Join(parts, "; ")
}

// absentName is the backend where none of its settings could run, and the
// setting where others could.
func (m *matrix) absentName(c target.Config) string {
	if m.runs(c.Backend) {
		return c.String()
	}
	return c.Backend
}
