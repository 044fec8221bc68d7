package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// sample reads a file of made-up figures.
func sample(t *testing.T, name string) *figures.Run {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	run, err := figures.Read(file, name)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// run reads lines of the benchmark format.
func run(t *testing.T, lines ...string) *figures.Run {
	t.Helper()
	r, err := figures.Read(strings.NewReader(strings.Join(lines, "\n")+"\n"), "test")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rendered(t *testing.T, r *figures.Run) string {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSections: each kind of figure has its place, and none that the run has
// not.
func TestSections(t *testing.T) {
	for name, want := range map[string]map[string]bool{
		"synthetic.txt":   {"take": true, "glance": true, "survival": true, "speed": true, "growth": true, "peers": true, "environment": true, "limits": true},
		"interrupted.txt": {"take": true, "glance": true, "survival": true, "speed": true, "growth": true, "peers": false, "environment": true, "limits": true},
	} {
		page := rendered(t, sample(t, name))
		for section, there := range want {
			if got := strings.Contains(page, `<section id="`+section+`">`); got != there {
				t.Errorf("%s: the section %s is there: %v, want %v", name, section, got, there)
			}
			if got := strings.Contains(page, `href="#`+section+`"`); got != there {
				t.Errorf("%s: the contents lead to %s: %v, want %v", name, section, got, there)
			}
		}
		if !strings.Contains(page, "synthetic figures") {
			t.Errorf("%s: its note is not shown", name)
		}
	}
}

// TestSaysWhatIsMissing: an interrupted run, with two backends that could not
// run and things left out, says all of it.
func TestSaysWhatIsMissing(t *testing.T) {
	page := rendered(t, sample(t, "interrupted.txt"))
	for _, want := range []string{
		"interrupted after 31 s", "install Debian&#39;s package postgresql", "growth beyond 10,000 sessions",
		"Not measured: memcached and postgres.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

var loads = regexp.MustCompile(`(?i)<script|<link|<img|<iframe|\ssrc=|url\(|@import|href="[^#]`)

// TestLoadsNothing: the page opens from a disk without a network.
func TestLoadsNothing(t *testing.T) {
	page := rendered(t, sample(t, "synthetic.txt"))
	if found := loads.FindAllString(page, -1); found != nil {
		t.Errorf("the page has %q, want nothing that is loaded or run", found)
	}
}

// TestWellFormed: every element ends, no id is there twice, every chart has a
// title and a description that its image names, every cell a head.
func TestWellFormed(t *testing.T) {
	page := rendered(t, sample(t, "synthetic.txt"))
	ids, names := map[string]bool{}, 0
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var labels []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes := map[string]string{}
		for _, a := range element.Attr {
			attributes[a.Name.Local] = a.Value
		}
		if id := attributes["id"]; id != "" && ids[id] {
			t.Errorf("the id %q is there twice", id)
		} else if id != "" {
			ids[id] = true
		}
		switch element.Name.Local {
		case "svg":
			names++
			labels = append(labels, strings.Fields(attributes["aria-labelledby"])...)
		case "th":
			if attributes["scope"] == "" {
				t.Error("a th has no scope")
			}
		case "td":
			if attributes["data-label"] == "" {
				t.Error("a td has no data-label, which is its head on a phone")
			}
		}
	}
	if names == 0 || len(labels) != 2*names {
		t.Errorf("%d charts name %d titles and descriptions, want two each", names, len(labels))
	}
	for _, id := range labels {
		if !ids[id] {
			t.Errorf("a chart names %q, which is not there", id)
		}
	}
}

// TestHostileText: what a results file says cannot become markup.
func TestHostileText(t *testing.T) {
	page := rendered(t, run(t, "note: <script>alert(1)</script>", "bolt-sync: <b>x</b>",
		"BenchmarkGet/size=1KiB/clients=1/backend=<i>/durability=\"x 5 10 p50-ns 7 ops/s"))
	if strings.Contains(page, "<script") || strings.Contains(page, "<b>") || strings.Contains(page, "<i>") {
		t.Error("text of the file is markup on the page")
	}
}

// TestLittle: one figure is enough for a page.
func TestLittle(t *testing.T) {
	page := rendered(t, run(t, "BenchmarkGet/size=16KiB/clients=3/backend=other/durability=odd 5 10 p50-ns"))
	if !strings.Contains(page, "other-odd") || !strings.Contains(page, "not measured") {
		t.Error("the page of one figure does not name it, or judges what was not measured")
	}
}
