package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/figures"
	"github.com/coatcheck/sessionstore/bench/peers"
	"github.com/coatcheck/sessionstore/storetest"
)

// BenchmarkPeers compares ours with others' packages and with the bare clients.
// All of one backend take turns in the same minutes, so that choosing one by
// its name measures the others as well. How long a turn is, -benchtime does not
// say. It takes four minutes, and is a part of -bench.full, and of -short, which
// shows that it works and nothing else.
func BenchmarkPeers(b *testing.B) {
	m := begin(b) // the head says what is left out
	if !*full && !testing.Short() {
		b.Skip("left out; add -bench.full -timeout 0")
	}
	for _, e := range m.entries {
		if slices.Contains(peers.Configs(), e.Config) {
			e.benchPeers(b)
		}
	}
}

func (e *entry) benchPeers(b *testing.B) {
	var match *peers.Match // opened by the first that is chosen
	for _, w := range peers.Operations() {
		for _, clients := range []int{1, 64} {
			b.Run(fmt.Sprintf("op=%s/clients=%d/backend=%s", w.Name, clients, e.Backend), func(b *testing.B) {
				if match == nil {
					match = e.newMatch(b)
				}
				playPeers(b, match, w, clients)
			})
		}
	}
	if match == nil {
		return
	}
	if err := match.Close(b.Context()); err != nil {
		b.Error(err)
	}
}

// newMatch opens the stores, and prints what the peers are.
func (e *entry) newMatch(b *testing.B) *peers.Match {
	e.check(b)
	for _, s := range peers.Settings(e.Backend) {
		fmt.Printf("%s: %s\n", s.Key, s.Value)
	}
	match, err := peers.NewMatch(b.Context(), e.Target)
	if err != nil {
		b.Fatal(err)
	}
	return match
}

// play is one workload of a match, measured as often as -count says.
type play struct {
	match    *peers.Match
	workload storetest.Workload
	clients  int
	results  [][]figures.Peer
}

func playPeers(b *testing.B, match *peers.Match, w storetest.Workload, clients int) {
	p := &play{match: match, workload: w, clients: clients}
	for i, first := range p.result(b, 0) {
		n := -1
		b.Run("peer="+first.Peer, func(b *testing.B) {
			if b.N == 1 { // go test begins each count so
				n++
			}
			reportPeer(b, p.result(b, n)[i])
		})
	}
}

// result returns the n-th result, which all peers share.
func (p *play) result(b *testing.B, n int) []figures.Peer {
	for len(p.results) <= n {
		r, err := p.match.Play(b.Context(), p.workload, p.clients, peerSetup())
		if err != nil {
			b.Fatal(err)
		}
		p.results = append(p.results, r)
	}
	return p.results[n]
}

func peerSetup() peers.Setup {
	if testing.Short() {
		return peers.Setup{Sessions: 100, Rounds: 1, RoundTime: time.Millisecond}
	}
	return peers.Setup{}
}

// reportPeer reports what was measured before, of as many operations.
func reportPeer(b *testing.B, p figures.Peer) {
	measuredBefore(b, p.N)
	for share, unit := range map[float64]string{0.5: "p50-ns", 0.99: "p99-ns"} {
		if at, ok := p.At(share); ok {
			b.ReportMetric(float64(at/time.Nanosecond), unit)
		}
	}
	b.ReportMetric(p.PerSecond, "ops/s")
	b.ReportMetric(p.Ratio, "ratio")
	b.ReportMetric(p.RatioLow, "ratio-low")
	b.ReportMetric(p.RatioHigh, "ratio-high")
	b.ReportMetric(0, "ns/op")
}
