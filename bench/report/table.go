package report

import (
	"strings"
)

// table is shown on the page and, as Markdown, in the README.
type table struct {
	Caption string
	Corner  string // the head of the first column
	Columns []string
	Rows    []tableRow
}

type tableRow struct {
	Head    string
	Backend string // colours the row's head; "" where the row is of none
	Cells   []cell
}

// cell is a figure or a verdict. Its mood is shown as colour, and the text says
// the same.
type cell struct {
	Text string
	Note string // smaller, below the text
	Mood mood
}

// mood is a class of the page's style sheet.
type mood string

const (
	neutral mood = ""
	good    mood = "good"
	warning mood = "warning"
	bad     mood = "bad"
	absent  mood = "absent" // not measured, or cannot happen
)

// texts returns cells without a mood.
func texts(words ...string) []cell {
	cells := make([]cell, len(words))
	for i, w := range words {
		cells[i].Text = w
		if w == unknown {
			cells[i].Mood = absent
		}
	}
	return cells
}

// markdown returns the table as the README has it.
func (t *table) markdown() string {
	var b strings.Builder
	b.WriteString("| " + t.Corner + " |")
	for _, c := range t.Columns {
		b.WriteString(" " + escaped(c) + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(t.Columns)) + "\n")
	for _, row := range t.Rows {
		b.WriteString("| " + escaped(row.Head) + " |")
		for _, c := range row.Cells {
			b.WriteString(" " + escaped(c.Text))
			if c.Note != "" {
				b.WriteString(" (" + escaped(c.Note) + ")")
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

var markdownEscapes = strings.NewReplacer("|", `\|`, "<", "&lt;", nbsp, " ")

func escaped(text string) string { return markdownEscapes.Replace(text) }
