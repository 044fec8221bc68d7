package report

import (
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// TestSurvivalCells: the words say what the colour says.
func TestSurvivalCells(t *testing.T) {
	for line, want := range map[string]struct {
		text string
		mood mood
	}{
		"100 acked 100 kept 0 lost 5 deleted 0 revived":        {"all kept", good},
		"1000 acked 990 kept 10 lost 5 deleted 0 revived":      {"1.0 % lost", warning},
		"10000 acked 9999 kept 1 lost 5 deleted 0 revived":     {"< 0.1 % lost", warning},
		"10000 acked 1 kept 9999 lost 5 deleted 0 revived":     {"> 99.9 % lost", warning},
		"100 acked 0 kept 100 lost 5 deleted 0 revived":        {"all lost", bad},
		"100 acked 100 kept 0 lost 5 deleted 5 revived":        {"all kept; 5 deleted came back", bad},
		"100 acked 67 kept 33 lost 5 deleted 2 revived":        {"33 % lost; 2 deleted came back", bad},
		"0 acked 0 kept 0 lost 0 deleted 0 revived 9 drift-ns": {"nothing acknowledged", absent},
	} {
		r := run(t, "BenchmarkRestart/event=kill-server/backend=redis/durability=none 1 "+line)
		got := survivalCell(r.Restarts[0], true, false)
		if text := strings.ReplaceAll(got.Text, nbsp, " "); text != want.text || got.Mood != want.mood {
			t.Errorf("%s: %q as %q, want %q as %q", line, text, got.Mood, want.text, want.mood)
		}
	}
	if got := survivalCell(figures.Restart{}, false, true); got.Text != "no server" {
		t.Errorf("an event that cannot happen: %q", got.Text)
	}
	if got := survivalCell(figures.Restart{}, false, false); got.Text != "not tried" {
		t.Errorf("an event that was not tried: %q", got.Text)
	}
}

// TestSurvivalTable: ours and others' are apart; drift is the largest of all
// events, in either direction.
func TestSurvivalTable(t *testing.T) {
	r := run(t,
		"BenchmarkRestart/event=reopen/backend=bolt/durability=sync 1 9 acked 9 kept 0 lost 1 deleted 0 revived 2e6 drift-ns",
		"BenchmarkRestart/event=kill-application/backend=bolt/durability=sync 1 9 acked 9 kept 0 lost 1 deleted 0 revived -5e6 drift-ns 0.5 fsyncs/write",
		"BenchmarkRestart/event=reopen/backend=bolt/durability=sync/peer=theirs 1 9 acked 0 kept 9 lost 1 deleted 0 revived")
	ours, theirs := survivalTable(r), peerSurvivalTable(r)
	if len(ours.Rows) != 1 || len(theirs.Rows) != 1 || theirs.Rows[0].Head != "theirs, bolt-sync" {
		t.Fatalf("ours %+v, theirs %+v, want a row each", ours.Rows, theirs.Rows)
	}
	var words []string
	for _, c := range ours.Rows[0].Cells {
		words = append(words, strings.ReplaceAll(c.Text, nbsp, " "))
	}
	want := "all kept|no server|no server|all kept|no server|5.00 ms earlier|0.50"
	if got := strings.Join(words, "|"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestFsyncs: a count that is missing is never 0, and 0 is an alarm where the
// setting promises more.
func TestFsyncs(t *testing.T) {
	sync, none := figures.Target{Backend: "bolt", Durability: "sync"}, figures.Target{Backend: "redis", Durability: "none"}
	for _, c := range []struct {
		got  cell
		text string
		mood mood
	}{
		{fsyncCell(0, sync), "0, although promised", bad},
		{fsyncCell(0, none), "0", neutral},
		{fsyncCell(nan, sync), "not measured", absent},
		{fsyncCell(nan, none), "not measured", absent},
		{fsyncCell(0.08, sync), "0.08", neutral},
	} {
		if c.got.Text != c.text || c.got.Mood != c.mood {
			t.Errorf("%+v, want %q as %q", c.got, c.text, c.mood)
		}
	}
}
