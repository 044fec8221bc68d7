package figures

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// row is a line of a results file in parts: /key=value after the name, and the
// values in the units in which they are written.
type row struct {
	name   string
	keys   []Setting
	n      int
	units  []string
	values map[string]float64

	problems []error // of reading
}

func newRow(name string, n int, keys ...string) *row {
	r := &row{name: name, n: max(n, 1), values: map[string]float64{}}
	for i := 0; i < len(keys); i += 2 {
		if keys[i+1] != "" {
			r.keys = append(r.keys, Setting{keys[i], keys[i+1]})
		}
	}
	return r
}

// add gives the row a value, unless that was not measured.
func (r *row) add(value float64, unit string) {
	if math.IsNaN(value) {
		return
	}
	r.units = append(r.units, unit)
	r.values[unit] = value
}

// result returns the row as the line that is written. The number of processors
// ends the name as go test has it; it is there for one, too, since a name may
// end in a number.
func (r *row) result(processors int) *benchfmt.Result {
	var name strings.Builder
	name.WriteString(r.name)
	for _, k := range r.keys {
		fmt.Fprintf(&name, "/%s=%s", k.Key, k.Value)
	}
	fmt.Fprintf(&name, "-%d", processors)
	res := &benchfmt.Result{Name: benchfmt.Name(name.String()), Iters: r.n}
	for _, unit := range r.units {
		res.Values = append(res.Values, benchfmt.Value{Value: r.values[unit], Unit: unit})
	}
	return res
}

// identity is the row's name with its keys.
func (r *row) identity() string { return fmt.Sprint(r.name, r.keys) }

// parsed takes a line apart.
func parsed(res *benchfmt.Result) *row {
	base, parts := res.Name.Parts()
	r := newRow(string(base), res.Iters)
	for _, p := range parts {
		if key, value, found := strings.Cut(strings.TrimPrefix(string(p), "/"), "="); found {
			r.keys = append(r.keys, Setting{key, value})
		}
	}
	for _, v := range res.Values {
		if v.OrigUnit != "" {
			r.add(v.OrigValue, v.OrigUnit)
			continue
		}
		r.add(v.Value, v.Unit)
	}
	return r
}

// merged returns rows of one name as one, with the median of each value.
func merged(same []*row) *row {
	first := *same[0]
	if len(same) == 1 {
		return &first
	}
	first.n = 0
	all := map[string][]float64{}
	for _, r := range same {
		first.n += r.n
		for unit, value := range r.values {
			all[unit] = append(all[unit], value)
		}
	}
	first.values = map[string]float64{}
	for unit, values := range all {
		first.values[unit] = median(values)
	}
	return &first
}

func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// key returns the value of /key=, "" where the name has none.
func (r *row) key(name string) string {
	for _, k := range r.keys {
		if k.Key == name {
			return k.Value
		}
	}
	return ""
}

// has reports whether the name has all of these keys.
func (r *row) has(names ...string) bool {
	for _, name := range names {
		if r.key(name) == "" {
			return false
		}
	}
	return true
}

func (r *row) target() Target { return Target{r.key("backend"), r.key("durability")} }

// value returns a value, and NaN where there is none.
func (r *row) value(unit string) float64 {
	if v, ok := r.values[unit]; ok {
		return v
	}
	return math.NaN()
}

// count returns a number of things, which must be there.
func (r *row) count(unit string) int {
	v, ok := r.values[unit]
	if !ok || v < 0 {
		r.problem("want a number of %s", unit)
	}
	return int(math.Round(v))
}

// number reads a key's value by a function, and 0 where there is none.
func (r *row) number(key string, parse func(string) (int, error)) int {
	text := r.key(key)
	if text == "" {
		return 0
	}
	n, err := parse(text)
	if err != nil {
		r.problem("%s=%s: %w", key, text, err)
	}
	return n
}

func (r *row) clients() int { return r.number("clients", strconv.Atoi) }

func (r *row) problem(format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf("Benchmark"+r.name+": "+format, args...))
}
