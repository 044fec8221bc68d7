// Package results keeps one published run of the comparison: results.txt, as
// sessbench wrote it, and report.html. The README's tables of latency and
// survival are made of the same file, between comments that mark their places,
// and the package's tests fail where any of them is stale.
//
// To publish another run, on a machine with nothing else to do:
//
//	go run ./bench/cmd/sessbench -full -o bench/results
//	make figures
package results
