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
	n, _ := noise(run)
	var tables []*table
	for _, backend := range backends {
		tables = append(tables, peerTable(run, backend, n))
	}
	return tables
}

type column struct {
	op      string
	clients int
}

func peerTable(run *figures.Run, backend string, noise float64) *table {
	t := &table{Caption: "Ours on " + backend + ", over…", Corner: "package"}
	var columns []column
	var peers []string
	ratios := map[string]map[column]float64{}
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
			ratios[p.Peer] = map[column]float64{}
		}
		ratios[p.Peer][c] = p.Ratio
	}
	for _, c := range columns {
		t.Columns = append(t.Columns, fmt.Sprintf("%s, %s", c.op, clients(c.clients)))
	}
	for _, peer := range peers {
		row := tableRow{Head: peerTitle(peer), Backend: backend}
		for _, c := range columns {
			row.Cells = append(row.Cells, ratioCell(ratios[peer], c, peer, noise))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
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

// ratioCell says in words whether ours is the faster one.
func ratioCell(ratios map[column]float64, c column, peer string, noise float64) cell {
	ratio, ok := ratios[c]
	if !ok || math.IsNaN(ratio) {
		return cell{"not offered", "", absent}
	}
	text := plain(ratio) + nbsp + "×"
	isOurs, isLimit := peer == again, strings.HasPrefix(peer, "limit-")
	switch {
	case isOurs:
		return cell{text, "", neutral}
	case isLimit:
		return cell{text, "", neutral}
	case ratio > 1+noise:
		return cell{text, "ours is faster", good}
	case ratio < 1/(1+noise):
		return cell{text, "theirs is faster", warning}
	}
	return cell{text, "level", neutral}
}
