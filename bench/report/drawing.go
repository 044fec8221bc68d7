package report

// drawing is a chart: shapes in units of its view box, which is narrow, so that
// its text can be read on a phone. The page's style sheet colours the classes.
type drawing struct {
	ID            string // unique on the page
	Title         string
	Desc          string // what the chart shows, for those who do not see it
	Width, Height float64
	Lines         []line
	Boxes         []box
	Paths         []path
	Dots          []dot
	Labels        []label
}

type line struct {
	Class          string
	X1, Y1, X2, Y2 float64
}

type box struct {
	Class               string
	X, Y, Width, Height float64
}

type path struct{ Class, D string }

type dot struct {
	Class   string
	X, Y, R float64
}

// label is text; Anchor is start, middle or end.
type label struct {
	Class  string
	X, Y   float64
	Anchor string
	Text   string
}

// The measures that all charts share.
const (
	chartWidth = 360
	rowHeight  = 21
	textDrop   = 4 // from the middle of a line of text to its base
)

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	d.Lines = append(d.Lines, line{class, x1, y1, x2, y2})
}

func (d *drawing) text(class string, x, y float64, anchor, text string) {
	d.Labels = append(d.Labels, label{class, x, y + textDrop, anchor, text})
}

func (d *drawing) dot(class string, x, y, r float64) {
	d.Dots = append(d.Dots, dot{class, x, y, r})
}

// hue is the class that colours what belongs to a backend.
func hue(backend string) string { return "hue-" + backend }
