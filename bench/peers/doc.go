// Package peers measures our backends against what else would keep sessions:
// the stores of alexedwards/scs and gofiber/storage, the caches otter and
// ttlcache, the client rueidis, and the bare clients as the limit.
//
// All of them are driven by the same workloads, on the same server, in rounds
// that take turns, and the result is a ratio: our operations a second over
// theirs, in each round, and the median of the rounds. Ours is measured twice;
// how far that ratio is from one is the noise.
//
// # What is made equal
//
// The data, the ids, the clients and the server's settings are the same.
// Everything on one client library gets the settings that our Open makes: ten
// connections for each processor on redis, 16 on postgres, 64 idle ones on
// memcached; rueidis shares its own few between all callers. A file of bolt is
// opened with the options of ours. Stores in memory share one heap, so that the
// garbage collector's work falls on all. Client-side caches are off. Where a
// package offers a clean-up in the background it is off; nothing expires in a
// run.
//
// # What is not
//
// The packages promise less than a [sessionstore.Store] does, and [Peer.Differs]
// says what. Three differences are paid for in time:
//
//   - The stores in memory keep the caller's slice and hand it to every reader.
//     Ours copies in and out. What they keep must be made by somebody, their
//     manager or here the adapter; the copy for the reader need not be, so that
//     each is here twice, as it is and with that copy as NAME-copying.
//   - scs and fiber have no way to extend a session. Their managers write again
//     what they have read, in two round trips, and so does the adapter, in the
//     workloads that slide; a Touch alone is left out. A write by somebody else
//     in between would be lost. The workloads look for such losses, so that the
//     adapter lets the writes of one session take turns, which theirs do not.
//   - None notes whether a write was sent when its reply did not come.
//
// The managers themselves, their codecs and cookies, have no part in this.
//
// scs's store for bbolt and gofiber's other stores cannot be had as modules. A
// plain baseline of the same technique stands in for the former, and its name
// says what it is: baseline-one-transaction-per-write.
package peers
