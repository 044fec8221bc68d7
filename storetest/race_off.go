//go:build !race

package storetest

// slowdown is by how much the race detector may stretch a deadline's slack.
const slowdown = 1
