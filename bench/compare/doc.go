// Package compare runs the whole comparison of the backends in one process:
// speed, what survives, growth, and others' packages, as a [Plan] says, and
// gathers the figures in one [figures.Run]. A backend that cannot run is noted
// with the reason, and the others are measured; a part that fails is noted too.
//
// The program has to begin with survival.ServeChild, and to end with
// server.Cleanup.
package compare
