package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// Text writes what decides between the backends for a terminal: the verdicts,
// and a table of what the page has at a glance.
func Text(w io.Writer, run *figures.Run) error {
	var b strings.Builder
	if err := writeVerdicts(&b, run); err != nil {
		return err
	}
	if err := writeGlance(&b, run); err != nil {
		return err
	}
	for _, s := range run.Unavailable() {
		fmt.Fprintf(&b, "not run: %s: %s\n", s.Key, s.Value)
	}
	if left := run.LeftOut(); left != nil {
		fmt.Fprintf(&b, "left out: %s\n", strings.Join(left, "; "))
	}
	if why := run.Setting("incomplete"); why != "" {
		fmt.Fprintf(&b, "incomplete: %s\n", why)
	}
	_, err := io.WriteString(w, strings.ReplaceAll(b.String(), nbsp, " "))
	return err
}

func columns(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

func writeVerdicts(w io.Writer, run *figures.Run) error {
	fmt.Fprintln(w, "Which one should I take?")
	c := columns(w)
	for _, v := range verdicts(run) {
		fmt.Fprintf(c, "  %s\t%s\t%s\n", v.Need, v.Answer, v.Missing)
	}
	return c.Flush()
}

// writeGlance has the cells of the page's table without their notes, and short
// heads that are explained below.
func writeGlance(w io.Writer, run *figures.Run) error {
	y := newYardstick(run)
	c := columns(w)
	fmt.Fprintln(c, "\nbackend\tGet\tSet\trequests\tp99\tacknowledged\tfsyncs\troom")
	for _, row := range glanceTable(run, y).Rows {
		words := []string{row.Head}
		for _, cell := range row.Cells {
			words = append(words, cell.Text)
		}
		fmt.Fprintln(c, strings.Join(words, "\t"))
	}
	if err := c.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nGet, Set: the median with one client")
	if s := y.String(); s != "" {
		fmt.Fprintf(w, "requests, p99: %s\n", s)
	}
	fmt.Fprintln(w, "acknowledged: what became of acknowledged sessions when processes were killed")
	_, err := fmt.Fprintf(w, "fsyncs: for each acknowledged write; room: for a session%s\n\n", ofSize(run))
	return err
}
