package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// again is the peer that is ours, measured a second time.
const again = "ours-again"

// assumedNoise is by how much two equal figures may differ where the run has
// not measured that, as a share of one.
const assumedNoise = 0.15

// noises returns by how much each two figures differ that say the same, the
// least first. An empty operation means every one, with any number of clients.
func noises(run *figures.Run, op string, clients int) []float64 {
	var all []float64
	see := func(ofOp string, ofClients int, ratio float64) {
		if (op == "" || ofOp == op && ofClients == clients) && ratio > 0 {
			all = append(all, max(ratio, 1/ratio)-1)
		}
	}
	for _, n := range run.Noises {
		see(n.Op, n.Clients, n.Ratio)
	}
	for _, p := range run.Peers {
		if p.Peer == again {
			see(p.Op, p.Clients, p.Ratio)
		}
	}
	slices.Sort(all)
	return all
}

// noise returns what a difference between two figures of an operation has to
// exceed to mean anything.
func noise(run *figures.Run, op string, clients int) float64 {
	if of := noises(run, op, clients); len(of) > 0 {
		return of[len(of)-1]
	}
	if any := noises(run, "", 0); len(any) > 0 {
		return any[len(any)-1]
	}
	return assumedNoise
}

// noiseText says how much noise there was.
func noiseText(run *figures.Run) string {
	all := noises(run, "", 0)
	if len(all) == 0 {
		return fmt.Sprintf("Nothing was measured twice. Differences below %.0f %% are taken to mean nothing.", 100*assumedNoise)
	}
	percent := func(share float64) float64 { return math.Ceil(100 * share) }
	return fmt.Sprintf("The same backend measured twice differed by up to %.0f %% in half of the cases, and by %.0f %% at most.",
		percent(all[(len(all)-1)/2]), percent(all[len(all)-1]))
}
