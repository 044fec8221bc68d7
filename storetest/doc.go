// Package storetest is the conformance suite of sessionstore: it checks that a
// Store keeps the written contract, rule by rule, on the real thing.
//
// A store of your own needs one function:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, storetest.Harness{
//			New: func(t storetest.T) sessionstore.Store { return mystore.New() },
//		})
//	}
//
// More hooks of the [Harness] let the suite do more: lose replies, hang the
// network, restart the server, kill the application. A rule whose hook is
// missing is skipped and says which. What a store cannot do goes into
// [Harness.Lacks] with its reason.
//
// Each rule is a subtest Area/Rule: go test -run TestConformance/TTL/NotEarly
// runs one. A rule that breaks prints the sentence of the contract.
//
// The same harness gives a store the benchmarks of all others, [Bench]; [Load]
// is what they are made of, and [Core] a short check for a program that is about
// to measure.
//
// STORETEST_SEED replays the random operations of a failed Concurrent/Model,
// whose seed is in its log.
package storetest
