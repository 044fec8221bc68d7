package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

//go:embed page.gohtml
var pageText string

//go:embed page.css
var styleText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what the template shows; what is empty is left out with its heading.
type page struct {
	Style template.CSS

	When, Machine, Commit string
	Note, Incomplete      string

	Yardstick string
	Verdicts  []verdict
	Glance    *table

	Survival, PeerSurvival *table
	Deaths                 []figures.Setting
	Fsyncs                 string
	Operations             []operation
	Sizes                  *table
	Growth                 []drawing
	Costs, AllCosts        *table
	Peers                  []*table
	PeerFacts              []figures.Setting

	Environment, Servers, Unavailable []figures.Setting
	Baselines                         *table
	LeftOut, Limits, Unknown          []string
}

// Render writes the report as one HTML page. It loads nothing: style and charts
// are in it, and there is no script.
func Render(w io.Writer, run *figures.Run) error {
	y := newYardstick(run)
	p := &page{
		Style: template.CSS(styleText),
		When:  day(run.Setting("date")), Machine: run.Setting("machine"), Commit: run.Setting("commit"),
		Note: run.Setting("note"), Incomplete: run.Setting("incomplete"),
		Yardstick: y.String(), Verdicts: verdicts(run), Glance: filled(glanceTable(run, y)),
		Survival: filled(survivalTable(run)), PeerSurvival: filled(peerSurvivalTable(run)),
		Deaths: deaths(run), Fsyncs: aboutFsyncs(run),
		Operations: operations(run), Sizes: sizesTable(run),
		Growth: growthCharts(run), Peers: peerTables(run), PeerFacts: peerFacts(run),
		Baselines: filled(baselineTable(run)), Unavailable: run.Unavailable(),
		LeftOut: run.LeftOut(), Limits: limits(run), Unknown: run.Unknown,
	}
	most, each := costTables(run)
	p.Costs, p.AllCosts = filled(most), filled(each)
	p.Environment, p.Servers = settings(run)
	return pageTemplate.Execute(w, p)
}

// day returns the date of a time such as 2026-11-20T14:03:00Z.
func day(date string) string {
	before, _, _ := strings.Cut(date, "T")
	return before
}

// filled returns the table, or nil if it has no rows.
func filled(t *table) *table {
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// elsewhere are the settings that have their own place on the page.
var elsewhere = map[string]bool{"note": true, "incomplete": true, "left-out": true}

// settings returns the lines that speak of the whole run, and those of one
// server configuration.
func settings(run *figures.Run) (environment, servers []figures.Setting) {
	for _, s := range run.Settings {
		backend, durability, found := strings.Cut(s.Key, "-")
		_, isBackend := facts[backend]
		switch {
		case elsewhere[s.Key] || backend == "unavailable" || backend == "peer":
		case found && isBackend:
			servers = append(servers, figures.Setting{Key: figures.Target{Backend: backend, Durability: durability}.String(), Value: s.Value})
		default:
			environment = append(environment, s)
		}
	}
	return environment, servers
}

// limits says what the figures do not show.
func limits(run *figures.Run) []string {
	all := []string{
		"A killed process is not a power failure. What the operating system holds in memory outlives the process, so that a setting which never waits for the disk can look as safe as one that does. How often a setting told the disk to write, for each acknowledged write, is the honest sign.",
		trials(run) + " What a setting may lose, it loses in few of many: that a run met no loss promises nothing.",
		"The clients and the servers shared one machine and its processors, and spoke over loopback. A network adds its round trip to every call of a server, and to none of memory and bolt.",
		"Each client waits for an answer before it asks again. Many clients therefore show a machine that is busy all the time; the times with one client show one that is not.",
		"One machine, one disk, one hour. Ratios between backends carry over to others better than times do.",
		"A percentile that fewer than ten slower operations stand behind is left out: p99 needs 1,000 operations, p99.9 needs 10,000.",
	}
	if disk := run.Setting("disk"); strings.HasPrefix(disk, "tmpfs") {
		all = append(all, "The files lay in memory ("+disk+"): what waits for the disk did not wait. Set TMPDIR to a directory on a disk and measure again.")
	}
	return append(all, noiseText(run))
}
