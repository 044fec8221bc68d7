package figures

import (
	"cmp"
	"slices"
	"strings"
)

// Run is what one results file holds, in its order.
type Run struct {
	// Settings are the lines that say where and how the results came about.
	Settings []Setting

	// The results, by kind.
	Latencies []Latency
	Baselines []Baseline
	Noises    []Noise
	Restarts  []Restart
	Growths   []Growth
	Costs     []Cost
	Peers     []Peer

	// Unknown are the names of results of no kind that this package knows.
	Unknown []string
}

// Setting is a line of a results file, such as "go: go1.26.0". The key has
// lower-case letters and no space.
type Setting struct{ Key, Value string }

// Target names a backend in one setting of durability.
type Target struct{ Backend, Durability string }

// String returns a word such as redis-everysec, or the backend alone where
// durability has one setting only.
func (t Target) String() string {
	if t.Durability == "" || t.Durability == "none" && t.Backend != "redis" {
		return t.Backend
	}
	return t.Backend + "-" + t.Durability
}

// key returns the key of the target's settings.
func (t Target) key() string { return t.Backend + "-" + t.Durability }

// unavailable is what the keys of backends that could not run begin with.
const unavailable = "unavailable-"

// Setting returns the value of a key, "" where the file has none.
func (r *Run) Setting(key string) string {
	for _, s := range r.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// Set gives a key its value; an empty one removes it.
func (r *Run) Set(key, value string) {
	value = strings.Join(strings.Fields(value), " ")
	for i, s := range r.Settings {
		if s.Key != key {
			continue
		}
		if value == "" {
			r.Settings = append(r.Settings[:i], r.Settings[i+1:]...)
			return
		}
		r.Settings[i].Value = value
		return
	}
	if value != "" {
		r.Settings = append(r.Settings, Setting{key, value})
	}
}

// SetServer notes what a running server said of its settings.
func (r *Run) SetServer(t Target, settings string) { r.Set(t.key(), settings) }

// Server returns what the target's running server said of its settings.
func (r *Run) Server(t Target) string { return r.Setting(t.key()) }

// SetUnavailable notes why a backend, or one setting of it, could not run.
func (r *Run) SetUnavailable(what, why string) { r.Set(unavailable+what, why) }

// Unavailable returns what could not run, each with the reason.
func (r *Run) Unavailable() []Setting {
	var all []Setting
	for _, s := range r.Settings {
		if what, found := strings.CutPrefix(s.Key, unavailable); found {
			all = append(all, Setting{what, s.Value})
		}
	}
	return all
}

// LeftOut returns what the run did not measure.
func (r *Run) LeftOut() []string {
	if r.Setting("left-out") == "" || r.Setting("left-out") == "nothing" {
		return nil
	}
	return strings.Split(r.Setting("left-out"), "; ")
}

// Targets returns the backends of the run in all of their settings, those of
// one backend together, in the order in which the results name them.
func (r *Run) Targets() []Target {
	var all []Target
	backends := map[string]int{}
	add := func(t Target) {
		if slices.Contains(all, t) {
			return
		}
		if _, known := backends[t.Backend]; !known {
			backends[t.Backend] = len(backends)
		}
		all = append(all, t)
	}
	for _, l := range r.Latencies {
		add(l.Target)
	}
	for _, s := range r.Restarts {
		add(s.Target)
	}
	for _, g := range r.Growths {
		add(g.Target)
	}
	for _, c := range r.Costs {
		add(c.Target)
	}
	slices.SortStableFunc(all, func(a, b Target) int { return cmp.Compare(backends[a.Backend], backends[b.Backend]) })
	return all
}
