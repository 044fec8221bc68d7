package report

// rowChart is a chart with a row for each target: its name, a place on a
// logarithmic axis, a figure in words.
type rowChart struct {
	drawing
	axis axis
	y    float64 // the middle of the next row
}

// Where the columns of a row chart are.
const (
	plotLeft   = 104
	plotRight  = 296
	rowsTop    = 12
	axisHeight = 22
	labelRoom  = 44 // between two labels of the axis
)

// newRowChart returns a chart for n rows on an axis, whose values are written
// by a function.
func newRowChart(id, title, desc string, n int, a axis, write func(float64) string) *rowChart {
	c := &rowChart{drawing: drawing{ID: id, Title: title, Desc: desc, Width: chartWidth}, axis: a, y: rowsTop}
	bottom := float64(n*rowHeight + 2)
	c.Height = bottom + axisHeight
	for _, t := range a.ticks(labelRoom) {
		x := a.at(t.value)
		c.line("grid", x, 0, x, bottom)
		if t.labelled {
			c.text("tick", x, bottom+10, "middle", write(t.value))
		}
	}
	return c
}

// row writes a row's name and figure, and returns its middle.
func (c *rowChart) row(name, figure string) float64 {
	y := c.y
	c.y += rowHeight
	c.text("name", plotLeft-6, y, "end", name)
	c.text("figure", chartWidth, y, "end", figure)
	return y
}
