// Package linearizability records what concurrent callers of a store see, with
// sessions that lapse meanwhile and with a network that loses requests and
// replies, and asks porcupine whether one order of the operations explains it.
//
// The model is the contract of [sessionstore.Store] and its capabilities. It
// knows when each operation was called and when it returned, by one monotonic
// clock. A write takes effect in between, so that its deadline lies in an
// interval: not before the call plus the ttl, and not after the return plus
// the ttl, rounded up to the backend's resolution, plus the lateness that the
// backend publishes. In that interval a session may be seen or missed; once it
// was missed, it stays away until somebody writes it.
//
// A write whose outcome is unknown may have happened at any time after its
// call, or never. Any other error says that the operation had no effect, and
// the model holds the store to that.
//
// Read in this order: operation.go, model.go, rotation.go, check.go; then
// plan.go and record.go, which make histories, and run.go, which makes many.
package linearizability
