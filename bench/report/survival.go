package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// survivalTable has a row for each of our backends in each setting, and a
// column for each event.
func survivalTable(run *figures.Run) *table {
	t := newSurvivalTable("What was still there, of sessions that had been acknowledged", "backend")
	for _, target := range targetsOf(run, "") {
		t.Rows = append(t.Rows, survivalRow(run, target, "", target.String()))
	}
	return t
}

// peerSurvivalTable is the same for others' packages.
func peerSurvivalTable(run *figures.Run) *table {
	t := newSurvivalTable("The same events, with others' packages on the safest setting of their backend", "package")
	seen := map[string]bool{}
	for _, s := range run.Restarts {
		name := s.Peer + ", " + s.Target.String()
		if s.Peer == "" || seen[name] {
			continue
		}
		seen[name] = true
		t.Rows = append(t.Rows, survivalRow(run, s.Target, s.Peer, name))
	}
	return t
}

func newSurvivalTable(caption, corner string) *table {
	t := &table{Caption: caption, Corner: corner}
	for _, e := range events {
		t.Columns = append(t.Columns, e.title)
	}
	t.Columns = append(t.Columns, "a deadline moved by", "fsyncs per write")
	return t
}

// targetsOf returns the targets that the run has tried an event on, in order.
func targetsOf(run *figures.Run, peer string) []figures.Target {
	var all []figures.Target
	seen := map[figures.Target]bool{}
	for _, s := range run.Restarts {
		if s.Peer == peer && !seen[s.Target] {
			seen[s.Target] = true
			all = append(all, s.Target)
		}
	}
	return all
}

// trials says how often each event happened.
func trials(run *figures.Run) string {
	most := 1
	for _, s := range run.Restarts {
		most = max(most, s.N)
	}
	if most == 1 {
		return "Each event happened once to each setting."
	}
	return fmt.Sprintf("Each server of ours was killed %d times, and its figures are those of all %d; every other event happened once.", most, most)
}

// aboutFsyncs says how to read the last column.
func aboutFsyncs(run *figures.Run) string {
	text := "Fsyncs for each acknowledged write were counted with eight clients and under strace: below one, where each write waits for the disk, writes that came together shared one. Near zero, an acknowledged write may be on no disk yet."
	if why := run.Setting("fsyncs-not-measured"); why != "" {
		text += " Some were not measured: " + why + "."
	}
	return text
}

func survivalRow(run *figures.Run, t figures.Target, peer, head string) tableRow {
	row := tableRow{Head: head, Backend: t.Backend}
	drift, fsyncs := math.NaN(), math.NaN()
	for _, e := range events {
		s, tried := restart(run, e.name, t, peer)
		row.Cells = append(row.Cells, survivalCell(s, tried, e.server && !facts[t.Backend].server))
		if tried {
			drift, fsyncs = figures.Further(drift, s.DriftNs), known(fsyncs, s.FsyncsPerWrite)
		}
	}
	row.Cells = append(row.Cells, driftCell(drift), fsyncCell(fsyncs, t))
	return row
}

func restart(run *figures.Run, event string, t figures.Target, peer string) (figures.Restart, bool) {
	for _, s := range run.Restarts {
		if s.Event == event && s.Target == t && s.Peer == peer {
			return s, true
		}
	}
	return figures.Restart{}, false
}

// known returns the first value that was measured.
func known(a, b float64) float64 {
	if math.IsNaN(a) {
		return b
	}
	return a
}

// survivalCell says in words and colour what became of the sessions.
func survivalCell(s figures.Restart, tried, impossible bool) cell {
	switch {
	case impossible:
		return cell{"no server", "", absent}
	case !tried:
		return cell{"not tried", "", absent}
	}
	c := cell{outcome(s), lostOf(s), good}
	switch {
	case s.Acked == 0:
		c.Mood = absent
	case s.Lost > 0 && s.Lost == s.Acked || s.Revived > 0:
		c.Mood = bad
	case s.Lost > 0:
		c.Mood = warning
	}
	if !math.IsNaN(s.RecoveryNs) {
		c.Note = strings.TrimPrefix(c.Note+", back after "+duration(s.RecoveryNs), ", ")
	}
	return c
}

// lostOf counts what was lost, where that is neither nothing nor all.
func lostOf(s figures.Restart) string {
	if s.Lost == 0 || s.Lost == s.Acked {
		return ""
	}
	return fmt.Sprintf("%d of %d", s.Lost, s.Acked)
}

// outcome returns the words for what was lost and what came back.
func outcome(s figures.Restart) string {
	var words string
	switch {
	case s.Acked == 0:
		words = "nothing acknowledged"
	case s.Lost == s.Acked:
		words = "all lost"
	case s.Lost > 0:
		words = share(s.Lost, s.Acked) + " lost"
	default:
		words = "all kept"
	}
	if s.Revived > 0 {
		words += fmt.Sprintf("; %d deleted came back", s.Revived)
	}
	return words
}

// driftCell says by how much a deadline was late or early.
func driftCell(ns float64) cell {
	switch {
	case math.IsNaN(ns):
		return cell{unknown, "", absent}
	case math.Abs(ns) < 1:
		return cell{"nothing", "", good}
	case ns < 0:
		return cell{duration(-ns) + " earlier", "", neutral}
	}
	return cell{duration(ns) + " later", "", neutral}
}

// fsyncCell tells a setting that waits for the disk from one that does not; a
// killed process cannot.
func fsyncCell(perWrite float64, t figures.Target) cell {
	switch {
	case math.IsNaN(perWrite):
		return cell{"not measured", "", absent}
	case perWrite == 0 && writesThrough(t):
		return cell{"0, although promised", "", bad}
	}
	return cell{plain(perWrite), "", neutral}
}

// fate says whether acknowledged sessions outlive what was tried.
type fate int

const (
	untried fate = iota // the kill that counts was not tried
	loses               // something was lost, or came back
	survives
)

// fateOf judges every event that the run has tried on a target of ours.
func fateOf(run *figures.Run, t figures.Target) fate {
	for _, e := range events {
		if s, tried := run.Restart(e.name, t); tried && (s.Lost > 0 || s.Revived > 0) {
			return loses
		}
	}
	if s, tried := run.Restart(killed(t), t); !tried || s.Acked == 0 {
		return untried
	}
	return survives
}
