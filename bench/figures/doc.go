// Package figures is the form in which measurements are kept: a typed view of
// one run, written to and read from Go's benchmark format with
// golang.org/x/perf. The report and the README's tables are made of a results
// file and of nothing else, so that whoever has the file can make them again,
// and benchstat reads the same lines.
//
// Lines "key: value" before the results say where and how they came about:
//
//	date, commit, machine, disk, go, harness
//	left-out              what this run did not measure, apart by "; "
//	incomplete            why the run ended before its time
//	redis-everysec        what a running server said of its settings, one key
//	                      for each backend and durability
//	unavailable-postgres  why a backend could not run
//
// Any other key may be there. A result is a name, a number of operations, and
// values with their units:
//
//	BenchmarkGet/size=1KiB/clients=64/backend=redis/durability=everysec   p50-ns p99-ns ops/s …
//	BenchmarkBaseline/what=redis-PING                                     p50-ns p99-ns
//	BenchmarkNoise/op=Get/size=1KiB/clients=64/backend=redis/durability=… ratio p50-ratio
//	BenchmarkRestart/event=kill-server/backend=redis/durability=always    acked kept lost deleted revived drift-ns recovery-ns fsyncs/write
//	BenchmarkGrowth/op=Get/sessions=100k/clients=64/backend=bolt/…        p50-ns p99-ns ops/s
//	BenchmarkGrowthCost/sessions=100k/backend=bolt/durability=sync        B/session load-ns/session expire-ns/session expire-cpu-ns/session longest-ns quiet-ns gc-percent
//	BenchmarkPeers/op=Get/clients=64/backend=redis/peer=scs-goredisstore  p50-ns p99-ns ops/s ratio ratio-low ratio-high
//
// Every operation of storetest.Workloads has lines of the first kind. A value
// that was not measured is absent in the file and NaN here; it is never 0.
// Percentiles are p10, p25, p50, p75, p90, p95, p99, p999 and max; a file may
// have any of them. A name that occurs several times, as with -count, stands
// for the median of its values, but that of BenchmarkRestart for all of its events
// together: a loss in one of six is no median.
package figures
