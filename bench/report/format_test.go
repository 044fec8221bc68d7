package report

import (
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/figures"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{duration(81_000), "81.0 µs"}, {duration(1_234_000), "1.23 ms"}, {duration(0), "0 s"}, {duration(nan), "–"},
		{duration(123), "123 ns"}, {duration(2.5e9), "2.50 s"}, {duration(119e9), "119 s"}, {duration(3490e9), "58.2 min"}, {duration(999_999), "1.00 ms"},
		{rate(99_960), "100 k/s"}, {rate(2_123_456), "2.12 M/s"}, {rate(nan), "–"},
		{size(1024), "1 KiB"}, {size(1190), "1.16 KiB"}, {size(300), "300 B"}, {size(0), "0 B"},
		{short(10_000), "10 µs"}, {shortRate(100_000), "100 k/s"},
		{plain(0), "0"}, {plain(0.004), "< 0.01"}, {plain(0.084), "0.08"}, {plain(12.34), "12.3"}, {plain(1234), "1234"}, {plain(nan), "–"},
		{share(0, 7), "0 %"}, {share(7, 7), "100 %"}, {share(1, 10_000), "< 0.1 %"}, {share(9999, 10_000), "> 99.9 %"}, {share(1, 30), "3.3 %"}, {share(1, 3), "33 %"}, {share(998, 1000), "99.8 %"},
		{joined(nil), ""}, {joined([]string{"a"}), "a"}, {joined([]string{"a", "b", "c"}), "a, b and c"},
	} {
		if got := strings.ReplaceAll(c.got, nbsp, " "); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestPeerCells: a difference within the noise is no difference, and neither is
// one on which the rounds disagree.
func TestPeerCells(t *testing.T) {
	c := column{"Get", 1}
	for _, each := range []struct {
		peer             string
		ratio, low, high float64
		word             string
		mood             mood
	}{
		{"theirs", 2, 1.8, 2.2, " ours is faster", good}, {"theirs", 0.5, 0.4, 0.6, " theirs is faster", warning},
		{"theirs", 2, nan, nan, " ours is faster", good}, {"theirs", 0.5, nan, nan, " theirs is faster", warning},
		{"theirs", 2, 0.9, 2.2, " level", neutral}, {"theirs", 0.5, 0.4, 1.1, " level", neutral},
		{"theirs", 1.09, 1.08, 1.1, " level", neutral}, {"theirs", 0.92, 0.91, 0.93, " level", neutral},
		{again, 2, 2, 2, "", neutral}, {"limit-client", 0.5, 0.5, 0.5, "", neutral},
	} {
		p := figures.Peer{Peer: each.peer, Ratio: each.ratio, RatioLow: each.low, RatioHigh: each.high}
		got := ratioCell(map[column]figures.Peer{c: p}, c, 0.1)
		if want := plain(each.ratio) + nbsp + "×" + each.word; got.Text != want || got.Mood != each.mood {
			t.Errorf("%v (%v to %v) over %s: %+v, want %q as %q", each.ratio, each.low, each.high, each.peer, got, want, each.mood)
		}
	}
	if got := ratioCell(nil, c, 0.1); got.Text != "not offered" {
		t.Errorf("an operation that a peer lacks: %+v", got)
	}
}

// TestPeerFacts: what the run says of a package stands beside its figures, and
// not among what it says of the machine.
func TestPeerFacts(t *testing.T) {
	const fact = "example.org/rueidis v1.2.3: a client, no store"
	r := run(t, "peer-rueidis: "+fact, "machine: one",
		"BenchmarkPeers/op=Get/clients=64/backend=redis/peer=rueidis 10 5 p50-ns 0.9 ratio")
	section, rest, _ := strings.Cut(rendered(t, r), `<section id="environment">`)
	if !strings.Contains(section, "<dt>rueidis</dt><dd>"+fact) || strings.Contains(rest, fact) {
		t.Errorf("the package is not described among the packages: %s", section)
	}
}

// TestMarkdown: both tables of the README say where their figures are from.
func TestMarkdown(t *testing.T) {
	r := sample(t, "interrupted.txt")
	for name, text := range map[string]string{"latency": Latency(r), "survival": Survival(r)} {
		for _, want := range []string{
			"| redis-everysec |", "2026-11-20", "2 processors", "ext4", "redis 7.0.15 (none: appendonly=no",
			"postgres could not run", "incomplete: interrupted after 31 s",
		} {
			if !strings.Contains(strings.ReplaceAll(text, "\n", " "), want) {
				t.Errorf("the table of %s does not say %q:\n%s", name, want, text)
			}
		}
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "|") && len(line) > lineLength+1 {
				t.Errorf("the table of %s has a line of %d letters: %s", name, len(line), line)
			}
		}
	}
	if text := Latency(r); !strings.Contains(text, "twice") {
		t.Errorf("the table of latency says nothing of noise:\n%s", text)
	}
	if text := strings.ReplaceAll(Survival(r), "\n", " "); !strings.Contains(text, "happened once") || !strings.Contains(text, "under strace") {
		t.Errorf("the table of survival does not say how often, nor how fsyncs were counted:\n%s", text)
	}
	if got := escaped("a|b" + nbsp + "<c"); got != `a\|b &lt;c` {
		t.Errorf("got %q", got)
	}
}
