package report

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/perf/benchunit"
)

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

// unknown stands where nothing was measured.
const unknown = "–"

// duration returns nanoseconds with three digits, such as "81.0 µs", and what is
// longer than two minutes in minutes.
func duration(ns float64) string {
	if minutes := ns / 60e9; minutes >= 2 {
		return plain(minutes) + nbsp + "min"
	}
	return scaled(ns/1e9, "s", benchunit.Decimal)
}

// rate returns how often something was done in a second, such as "124 k/s".
func rate(perSecond float64) string { return scaled(perSecond, "/s", benchunit.Decimal) }

// size returns bytes, such as "1.16 KiB".
func size(bytes float64) string {
	return strings.Replace(scaled(bytes, "B", benchunit.Binary), ".00"+nbsp, nbsp, 1)
}

func scaled(value float64, unit string, class benchunit.Class) string {
	if math.IsNaN(value) {
		return unknown
	}
	if value == 0 {
		return "0" + nbsp + unit
	}
	if class == benchunit.Decimal {
		value = significant(value)
	}
	scaler := benchunit.CommonScale([]float64{value}, class)
	scaler.Prec = max(scaler.Prec-1, 0) // it has four digits
	number := strings.TrimSuffix(scaler.Format(value), scaler.Prefix)
	return number + nbsp + scaler.Prefix + unit
}

// significant returns a value with three digits: more are noise.
func significant(value float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 3, 64), 64)
	if err != nil {
		return value
	}
	return short
}

// power returns a power of ten as written beside an axis.
func power(text string) string {
	number, unit, _ := strings.Cut(text, nbsp)
	if whole, _, found := strings.Cut(number, "."); found {
		number = whole
	}
	return number + nbsp + unit
}

// plain returns a number with as many digits as mean something.
func plain(value float64) string {
	switch {
	case math.IsNaN(value):
		return unknown
	case value == 0:
		return "0"
	case math.Abs(value) < 0.005:
		return "<" + nbsp + "0.01"
	case math.Abs(value) >= 100:
		return strconv.FormatFloat(value, 'f', 0, 64)
	case math.Abs(value) >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64)
	}
	return strconv.FormatFloat(value, 'f', 2, 64)
}

// share returns a part of a whole in percent; what is neither nothing nor all
// is never shown as 0 % or 100 %.
func share(part, whole int) string {
	percent := 100 * float64(part) / float64(whole)
	switch {
	case part > 0 && percent < 0.1:
		return "<" + nbsp + "0.1" + nbsp + "%"
	case part < whole && percent > 99.9:
		return ">" + nbsp + "99.9" + nbsp + "%"
	case part > 0 && percent < 10 || part < whole && percent >= 99:
		return strconv.FormatFloat(percent, 'f', 1, 64) + nbsp + "%"
	}
	return strconv.FormatFloat(percent, 'f', 0, 64) + nbsp + "%"
}

// joined returns "a, b and c".
func joined(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
