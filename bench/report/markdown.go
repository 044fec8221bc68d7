package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// Latency returns the README's table of times and rates as Markdown, with what
// stands behind the figures in a sentence below.
func Latency(run *figures.Run) string {
	y := newYardstick(run)
	t := &table{Corner: "backend", Columns: []string{
		"Get, 1 client", "Set, 1 client",
		"Get, " + clients(y.clients), "Set, " + clients(y.clients), y.op + ", " + clients(y.clients), y.op + " a second",
	}}
	var of []figures.Target
	for _, target := range run.Targets() {
		if _, ok := sameTarget(y.ranking, target); !ok {
			continue
		}
		of = append(of, target)
		t.Rows = append(t.Rows, tableRow{Head: target.String(), Cells: append(texts(
			timesOf(run, "Get", 1, target), timesOf(run, "Set", 1, target),
			timesOf(run, "Get", y.clients, target), timesOf(run, "Set", y.clients, target), timesOf(run, y.op, y.clients, target),
		), speedCell(y, target))})
	}
	about := fmt.Sprintf("Times are the median and p99, with %s of data in a session. %s", size(float64(y.sizeBytes)), noiseText(run))
	return t.markdown() + "\n" + behind(run, of, about) + "\n"
}

// timesOf returns median and p99 of an operation.
func timesOf(run *figures.Run, op string, clients int, t figures.Target) string {
	l, ok := run.Latency(op, standardBytes, clients, t)
	if !ok {
		return unknown
	}
	return percentile(l.Percentiles, 0.5) + " / " + percentile(l.Percentiles, 0.99)
}

// Survival returns the README's table of what survived as Markdown.
func Survival(run *figures.Run) string {
	t := survivalTable(run)
	t.Columns = append(t.Columns, "answers again after")
	targets := targetsOf(run, "")
	for i, target := range targets {
		row := &t.Rows[i]
		for j := range row.Cells {
			row.Cells[j].Note = "" // the page has them
		}
		row.Cells = append(row.Cells, recoveryCell(run, target))
	}
	about := trials(run) + " The last column is the time from the start to the first correct Get after a kill, of the server or, where there is none, of the application. " + aboutFsyncs(run)
	return t.markdown() + "\n" + behind(run, targets, about) + "\n"
}

// recoveryCell is of the event that ends the process with the sessions.
func recoveryCell(run *figures.Run, t figures.Target) cell {
	s, tried := run.Restart(killed(t), t)
	if !tried || math.IsNaN(s.RecoveryNs) {
		return texts(unknown)[0]
	}
	return cell{Text: duration(s.RecoveryNs)}
}

// behind says where and how the figures came about, as every table must that
// is published.
func behind(run *figures.Run, of []figures.Target, about string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s Measured on %s (%s; disk: %s; %s; %s).", about, day(run.Setting("date")),
		run.Setting("machine"), run.Setting("disk"), run.Setting("go"), run.Setting("harness"))
	if told := told(run, of); told != "" {
		fmt.Fprintf(&b, " Settings, as the running servers told them: %s.", told)
	}
	for _, s := range run.Unavailable() {
		fmt.Fprintf(&b, " %s could not run: %s.", s.Key, s.Value)
	}
	if why := run.Setting("incomplete"); why != "" {
		fmt.Fprintf(&b, " The run is incomplete: %s.", why)
	}
	return wrapped(escaped(b.String()))
}

// told returns the settings of some targets, those of one server together.
func told(run *figures.Run, of []figures.Target) string {
	var names []string
	settings := map[string][]string{}
	for _, t := range of {
		name, rest, _ := strings.Cut(run.Server(t), ", ")
		if name == "" {
			continue
		}
		if settings[name] == nil {
			names = append(names, name)
		}
		if t.String() != t.Backend { // it has several settings
			rest = t.Durability + ": " + rest
		}
		settings[name] = append(settings[name], rest)
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%s)", name, strings.Join(settings[name], "; "))
	}
	return joined(names)
}

// lineLength is where lines of the README end.
const lineLength = 130

// wrapped breaks text between words.
func wrapped(text string) string {
	var b strings.Builder
	length := 0
	for _, word := range strings.Fields(text) {
		switch {
		case length > 0 && length+1+len(word) > lineLength:
			b.WriteByte('\n')
			length = 0
		case length > 0:
			b.WriteByte(' ')
			length++
		}
		b.WriteString(word)
		length += len(word)
	}
	return b.String()
}
