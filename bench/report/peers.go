package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// peerTables compares ours with others' packages, a table for each backend.
func peerTables(run *figures.Run) []*table {
	var backends []string
	for _, p := range run.Peers {
		if !slices.Contains(backends, p.Backend) {
			backends = append(backends, p.Backend)
		}
	}
	var tables []*table
	for _, backend := range backends {
		tables = append(tables, peerTable(run, backend))
	}
	return tables
}

type column struct {
	op      string
	clients int
}

func peerTable(run *figures.Run, backend string) *table {
	t := &table{Caption: "Ours on " + backend + ", over…", Corner: "package"}
	var columns []column
	var peers []string
	ratios := map[string]map[column]figures.Peer{}
	for _, p := range run.Peers {
		if p.Backend != backend {
			continue
		}
		c := column{p.Op, p.Clients}
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
		if ratios[p.Peer] == nil {
			peers = append(peers, p.Peer)
			ratios[p.Peer] = map[column]figures.Peer{}
		}
		ratios[p.Peer][c] = p
	}
	for _, c := range columns {
		t.Columns = append(t.Columns, fmt.Sprintf("%s, %s", c.op, clients(c.clients)))
	}
	for _, peer := range peers {
		row := tableRow{Head: peerTitle(peer), Backend: backend}
		for _, c := range columns {
			row.Cells = append(row.Cells, ratioCell(ratios[peer], c, noiseOf(ratios[again], c, run)))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// leastNoise is the noise that is taken for granted: one pair of figures may
// agree by chance.
const leastNoise = 0.05

// noiseOf returns the noise of one column: what ours differed by from itself.
func noiseOf(ours map[column]figures.Peer, c column, run *figures.Run) float64 {
	if p, ok := ours[c]; ok && p.Ratio > 0 {
		return max(p.Ratio-1, 1/p.Ratio-1, leastNoise)
	}
	return noise(run, c.op, c.clients)
}

// peerFacts returns what the run says of each package: its module and version,
// and what it does otherwise than ours.
func peerFacts(run *figures.Run) []figures.Setting {
	var all []figures.Setting
	for _, s := range run.Settings {
		if name, found := strings.CutPrefix(s.Key, "peer-"); found {
			all = append(all, figures.Setting{Key: name, Value: s.Value})
		}
	}
	return all
}

// peerTitle says what a peer is, where its name does not.
func peerTitle(peer string) string {
	if peer == again {
		return "ours, measured again: the noise"
	}
	if client, found := strings.CutPrefix(peer, "limit-"); found {
		return client + " alone: the limit"
	}
	return peer
}

// ratioCell says in words whether ours is the faster one. It is neither where
// the difference is no larger than the noise, or the rounds disagree.
func ratioCell(ratios map[column]figures.Peer, c column, noise float64) cell {
	p, ok := ratios[c]
	if !ok || math.IsNaN(p.Ratio) {
		return cell{"not offered", "", absent}
	}
	r := cell{Text: plain(p.Ratio) + nbsp + "×", Note: spread(p)}
	switch {
	case p.Peer == again || strings.HasPrefix(p.Peer, "limit-"):
	case p.Ratio > 1+noise && !(p.RatioLow < 1):
		r.Text, r.Mood = r.Text+" ours is faster", good
	case p.Ratio < 1/(1+noise) && !(p.RatioHigh > 1):
		r.Text, r.Mood = r.Text+" theirs is faster", warning
	default:
		r.Text += " level"
	}
	return r
}

// spread says how far the rounds went.
func spread(p figures.Peer) string {
	if math.IsNaN(p.RatioLow) || math.IsNaN(p.RatioHigh) {
		return ""
	}
	return plain(p.RatioLow) + " to " + plain(p.RatioHigh)
}
