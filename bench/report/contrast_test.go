package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var variable = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{3,6});`)

// TestContrast: text can be read in the light, the dark and the printed page:
// 4.5 to 1 at least, which WCAG 2 wants at level AA.
func TestContrast(t *testing.T) {
	schemes := strings.Split(styleText, ":root {")[1:]
	if len(schemes) != 3 {
		t.Fatalf("the style sheet has %d sets of colours, want light, dark and print", len(schemes))
	}
	for i, scheme := range schemes {
		colours := map[string]string{}
		block, _, _ := strings.Cut(scheme, "}")
		for _, m := range variable.FindAllStringSubmatch(block, -1) {
			colours[m[1]] = m[2]
		}
		for _, pair := range [][2]string{
			{"ink", "paper"}, {"soft", "paper"}, {"ink", "card"}, {"soft", "card"},
			{"good-ink", "good"}, {"warning-ink", "warning"}, {"bad-ink", "bad"},
			{"memory", "paper"}, {"bolt", "paper"}, {"redis", "paper"}, {"memcached", "paper"}, {"postgres", "paper"},
			{"memory", "card"}, {"bolt", "card"}, {"redis", "card"}, {"memcached", "card"}, {"postgres", "card"},
		} {
			if got := contrast(t, colours[pair[0]], colours[pair[1]]); got < 4.5 {
				t.Errorf("colours %d: %s on %s has a contrast of %.2f, want 4.5", i, pair[0], pair[1], got)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	light, dark := luminance(t, a), luminance(t, b)
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = strings.Join([]string{hex[:1], hex[:1], hex[1:2], hex[1:2], hex[2:], hex[2:]}, "")
	}
	rgb, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatalf("a colour %q: %v", hex, err)
	}
	channel := func(shift int) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}
