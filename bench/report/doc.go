// Package report turns a results file into what people read: one HTML page
// that needs neither a network nor scripts, and the tables of the README. It
// knows nothing but the file, so that a report can be made again from it, and
// every verdict is derived from figures in it: what was not measured is named
// and never judged.
package report
