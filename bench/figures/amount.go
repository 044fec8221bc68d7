package figures

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Size returns a number of bytes as names have it: 128B, 1KiB, 16KiB.
func Size(bytes int) string { return amount(bytes, 1024, "KiB", "MiB", "B") }

// Count returns a number of sessions as names have it: 500, 10k, 1M.
func Count(n int) string { return amount(n, 1000, "k", "M", "") }

// amount uses the larger unit where the number is a multiple of it.
func amount(n, step int, thousand, million, one string) string {
	switch {
	case n > 0 && n%(step*step) == 0:
		return strconv.Itoa(n/(step*step)) + million
	case n > 0 && n%step == 0:
		return strconv.Itoa(n/step) + thousand
	}
	return strconv.Itoa(n) + one
}

var errAmount = errors.New("want a number such as 128B, 1KiB, 10k or 1M")

var suffixes = []struct {
	text   string
	factor int
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"B", 1}, {"k", 1000}, {"M", 1_000_000},
}

// parseAmount reads what Size and Count return.
func parseAmount(text string) (int, error) {
	factor := 1
	for _, s := range suffixes {
		if rest, found := strings.CutSuffix(text, s.text); found {
			text, factor = rest, s.factor
			break
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > math.MaxInt/factor {
		return 0, errAmount
	}
	return n * factor, nil
}

// rounded returns a figure with four digits: more are noise.
func rounded(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-3)
	if unit >= 1 {
		return math.Round(v/unit) * unit
	}
	return math.Round(v/unit) / math.Round(1/unit)
}
