// Package survival finds out what is still there after something ended. Several
// clients write sessions through a store, a ledger notes what was acknowledged,
// an [Event] comes, and every session is looked up afterwards: was it kept,
// lost, or has a deleted one come back?
//
// # What died, and what that does not show
//
// A process died, or was asked to end, or the network between two did. The
// machine went on: what a process had handed to the operating system was still
// there, whether or not it had reached a disk. No event here is a power
// failure, a crash of the kernel, or a disk that loses what it confirmed. A
// setting that waits for the disk and one that does not keep the same here;
// [Result.FsyncsPerWrite], how often the disk was waited for, is what tells
// them apart, and only as far as the disk tells the truth.
//
// One run is one sample: a loss that needs a rare moment may not show. Servers
// run alone, without replicas.
//
// # What is counted
//
// A write whose outcome its client does not know may be kept or lost, and is
// neither: it is counted as [Result.Unknown]. No id is used again after a
// delete, so that one that is found can only have come back.
//
// The program that kills itself is this program: it starts itself again as a
// child, which writes and tells what it does on its standard output. main, or
// TestMain, therefore begins with
//
//	survival.ServeChild()
package survival
