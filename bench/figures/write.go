package figures

import (
	"io"
	"runtime"

	"golang.org/x/perf/benchfmt"
)

// Write writes the run as a results file, with the number of processors that
// this program uses.
func (r *Run) Write(w io.Writer) error {
	out := benchfmt.NewWriter(w)
	var config []benchfmt.Config
	for _, s := range r.Settings {
		config = append(config, benchfmt.Config{Key: s.Key, Value: []byte(s.Value), File: true})
	}
	for _, row := range r.rows() {
		result := row.result(runtime.GOMAXPROCS(0))
		result.Config = config
		if err := out.Write(result); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) rows() []*row {
	var rows []*row
	rows = appendRows(rows, r.Baselines)
	rows = appendRows(rows, r.Latencies)
	rows = appendRows(rows, r.Noises)
	rows = appendRows(rows, r.Restarts)
	rows = appendRows(rows, r.Growths)
	rows = appendRows(rows, r.Costs)
	return appendRows(rows, r.Peers)
}

func appendRows[T interface{ row() *row }](rows []*row, results []T) []*row {
	for _, each := range results {
		rows = append(rows, each.row())
	}
	return rows
}
