package report

import (
	"math"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// glanceTable has one row for each target and one column for each question
// that decides between them.
func glanceTable(run *figures.Run, y yardstick) *table {
	t := &table{
		Caption: "Everything at a glance", Corner: "backend",
		Columns: []string{"Get alone", "Set alone", "requests a second", "p99 of these", "acknowledged sessions", "fsyncs per write", "room for a session"},
	}
	sessions := largestCommon(run)
	for _, target := range run.Targets() {
		t.Rows = append(t.Rows, tableRow{target.String(), target.Backend, []cell{
			alone(run, "Get", target), alone(run, "Set", target),
			speedCell(y, target), tailCell(y, target), fateCell(run, target),
			fsyncCell(fsyncs(run, target), target), roomCell(run, target, sessions),
		}})
	}
	return t
}

// alone is the median of an operation with one client.
func alone(run *figures.Run, op string, t figures.Target) cell {
	l, ok := run.Latency(op, standardBytes, 1, t)
	if !ok {
		return texts(unknown)[0]
	}
	return cell{Text: duration(float64(l.Median()))}
}

func speedCell(y yardstick, t figures.Target) cell {
	if l, ok := sameTarget(y.ranking, t); ok {
		return cell{Text: rate(l.PerSecond)}
	}
	return texts(unknown)[0]
}

func tailCell(y yardstick, t figures.Target) cell {
	if l, ok := sameTarget(y.ranking, t); ok {
		if at, ok := l.At(0.99); ok {
			return cell{Text: duration(float64(at))}
		}
	}
	return texts(unknown)[0]
}

// fateCell says in two words what the table of survival says in full.
func fateCell(run *figures.Run, t figures.Target) cell {
	switch fateOf(run, t) {
	case survives:
		return cell{"all kept", "", good}
	case loses:
		return worstOf(run, t)
	}
	return cell{"not tried", "", absent}
}

// worstOf names the event that cost the most.
func worstOf(run *figures.Run, t figures.Target) cell {
	worst, cost := cell{}, -1.0
	for _, e := range events {
		s, tried := run.Restart(e.name, t)
		if !tried || s.Lost == 0 && s.Revived == 0 {
			continue
		}
		lost := float64(s.Lost)/math.Max(float64(s.Acked), 1) + float64(s.Revived)
		if lost > cost {
			worst, cost = survivalCell(s, true, false), lost
			worst.Note = strings.TrimPrefix(lostOf(s)+", "+e.title, ", ")
		}
	}
	return worst
}

// fsyncs returns the first count that the run has of a target of ours.
func fsyncs(run *figures.Run, t figures.Target) float64 {
	counted := math.NaN()
	for _, e := range events {
		if s, tried := run.Restart(e.name, t); tried {
			counted = known(counted, s.FsyncsPerWrite)
		}
	}
	return counted
}

// roomCell is of any setting of the backend: sessions take the same room in all.
func roomCell(run *figures.Run, t figures.Target, sessions int) cell {
	for _, c := range run.Costs {
		if c.Backend == t.Backend && c.Sessions == sessions && !math.IsNaN(c.BytesPerSession) {
			return cell{Text: size(c.BytesPerSession)}
		}
	}
	return texts(unknown)[0]
}
