package figures

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/perf/benchfmt"
)

// ErrEmpty says that a file has no results in the benchmark format.
var ErrEmpty = errors.New("it has no results")

// Read reads a results file; name stands in errors. Lines of other forms, such
// as the rest of go test's output, are passed over; one that begins like a
// result and is none is an error.
func Read(in io.Reader, name string) (*Run, error) {
	run := &Run{}
	var rows []*row
	var problems []error
	reader := benchfmt.NewReader(in, name)
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			problems = append(problems, record)
		case *benchfmt.Result:
			run.addSettings(record.Config)
			rows = append(rows, parsed(record))
		}
	}
	for _, same := range grouped(rows) {
		r := merged(same)
		run.add(r)
		problems = append(problems, r.problems...)
	}
	if len(rows) == 0 {
		problems = append(problems, fmt.Errorf("%s: %w", name, ErrEmpty))
	}
	return run, errors.Join(append(problems, reader.Err())...)
}

func (r *Run) addSettings(config []benchfmt.Config) {
	for _, c := range config {
		r.Set(c.Key, string(c.Value))
	}
}

// grouped puts rows of one name together, in the order of the first ones; each
// event stays for itself, since a median of losses is none.
func grouped(rows []*row) [][]*row {
	var groups [][]*row
	at := map[string]int{}
	for _, r := range rows {
		i, known := at[r.identity()]
		if !known || r.name == "Restart" {
			i = len(groups)
			at[r.identity()] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups
}

// add puts a row where its kind belongs.
func (r *Run) add(row *row) {
	switch {
	case row.name == "Baseline" && row.has("what"):
		r.Baselines = append(r.Baselines, row.baseline())
	case row.name == "Noise" && row.has("op", "backend"):
		r.Noises = append(r.Noises, row.noise())
	case row.name == "Restart" && row.has("event", "backend"):
		r.AddRestart(row.restart())
	case row.name == "Growth" && row.has("op", "sessions", "backend"):
		r.Growths = append(r.Growths, row.growth())
	case row.name == "GrowthCost" && row.has("sessions", "backend"):
		r.Costs = append(r.Costs, row.cost())
	case row.name == "Peers" && row.has("op", "backend", "peer"):
		r.Peers = append(r.Peers, row.peer())
	case row.has("size", "clients", "backend"):
		r.Latencies = append(r.Latencies, row.latency())
	default:
		r.Unknown = append(r.Unknown, row.name)
	}
}
