package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// again is the peer that is ours, measured a second time.
const again = "ours-again"

// assumedNoise is by how much two equal figures may differ where the run has
// not measured that, as a share of one.
const assumedNoise = 0.15

// noises returns by how much each two rates differ that say the same, the least
// first. An empty operation means every one, and 0 clients any number.
func noises(run *figures.Run, op string, clients int) []float64 {
	var all []float64
	see := func(ofOp string, ofClients int, ratio float64) {
		if (op == "" || ofOp == op) && (clients == 0 || ofClients == clients) && ratio > 0 {
			all = append(all, difference(ratio))
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

// difference is by how much two figures of a ratio differ, as a share of the lesser.
func difference(ratio float64) float64 { return max(ratio, 1/ratio) - 1 }

// medianNoises is the same of medians.
func medianNoises(run *figures.Run, clients int) []float64 {
	var all []float64
	for _, n := range run.Noises {
		if n.Clients == clients && n.P50Ratio > 0 {
			all = append(all, difference(n.P50Ratio))
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

// noiseText says how much noise there was, for each number of clients.
func noiseText(run *figures.Run) string {
	var rates, medians []string
	for _, n := range clientsTwice(run) {
		rates = append(rates, noiseWords(n, noises(run, "", n)))
		if of := medianNoises(run, n); len(of) > 0 {
			medians = append(medians, noiseWords(n, of))
		}
	}
	if len(rates) == 0 {
		return fmt.Sprintf("Nothing was measured twice. Differences below %.0f %% are taken to mean nothing.", 100*assumedNoise)
	}
	text := "Rates of the same backend measured twice differed " + strings.Join(rates, ", ")
	if len(medians) > 0 {
		text += "; medians " + strings.Join(medians, ", ")
	}
	return text + "."
}

// noiseWords says how far two figures were apart, of which there are some.
func noiseWords(n int, apart []float64) string {
	percent := func(share float64) string { return fmt.Sprintf("%.0f %%", math.Ceil(100*share)) }
	return fmt.Sprintf("with %s by up to %s in half of the cases and by %s at most",
		clients(n), percent(apart[(len(apart)-1)/2]), percent(apart[len(apart)-1]))
}

// clientsTwice returns the numbers of clients with which something was
// measured twice.
func clientsTwice(run *figures.Run) []int {
	var all []int
	for _, n := range run.Noises {
		all = append(all, n.Clients)
	}
	for _, p := range run.Peers {
		if p.Peer == again {
			all = append(all, p.Clients)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
