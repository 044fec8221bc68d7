package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/coatcheck/sessionstore/bench/figures"
)

// verdict answers one need.
type verdict struct {
	Need    string
	Answer  string // the target to take, or "not measured"
	Backend string // colours the answer
	Because string
	Next    string
	Caveat  string
	Missing string // what would have to be measured to be sure
}

// judge answers which backend to take.
type judge struct {
	run       *figures.Run
	yardstick yardstick
	noise     float64
}

// need is a question with the targets that may answer it. A target that fits
// and has no figure is named as missing.
type need struct {
	title string
	fits  func(*judge, figures.Target) answer
}

type answer int

const (
	no answer = iota
	yes
	perhaps // what decides was not measured
)

var needs = []need{
	{"Fastest, whatever may be lost", func(*judge, figures.Target) answer { return yes }},
	{"Fastest of those that lost nothing when they were killed", (*judge).survives},
	{"One program, no server to run, each write synced", func(j *judge, t figures.Target) answer {
		if facts[t.Backend].server {
			return no
		}
		return j.isOnDisk(t)
	}},
	{"Several processes share it, nothing lost when killed", func(j *judge, t figures.Target) answer {
		return j.shared(t, j.survives)
	}},
	{"Several processes share it, each write synced", func(j *judge, t figures.Target) answer {
		return j.shared(t, j.isOnDisk)
	}},
}

// verdicts answers every need that the run has figures for.
func verdicts(run *figures.Run) []verdict {
	y := newYardstick(run)
	j := &judge{run, y, noise(run, y.op, y.clients)}
	var all []verdict
	for _, each := range needs {
		all = append(all, j.answer(each))
	}
	if v, ok := smallest(run); ok {
		all = append(all, v)
	}
	return all
}

func (j *judge) survives(t figures.Target) answer {
	return map[fate]answer{untried: perhaps, loses: no, survives: yes}[fateOf(j.run, t)]
}

// shared is what fits says of targets that several processes can use.
func (j *judge) shared(t figures.Target, fits func(figures.Target) answer) answer {
	if !facts[t.Backend].shared {
		return no
	}
	return fits(t)
}

// isOnDisk wants the setting to promise it, the fsyncs to be there where they
// were counted (praise says where they were not), and nothing to be lost.
func (j *judge) isOnDisk(t figures.Target) answer {
	if !writesThrough(t) {
		return no
	}
	if fsyncs(j.run, t) == 0 {
		return no
	}
	return j.survives(t)
}

// answer picks the fastest that fits.
func (j *judge) answer(n need) verdict {
	v := verdict{Need: n.title, Answer: "not measured"}
	var fit []figures.Latency
	var missing []string
	for _, l := range j.yardstick.ranking {
		switch n.fits(j, l.Target) {
		case yes:
			fit = append(fit, l)
		case perhaps:
			missing = append(missing, l.Target.String())
		}
	}
	missing = append(missing, j.absent(n)...)
	if len(missing) > 0 {
		v.Missing = "Not measured: " + joined(missing) + "."
	}
	switch {
	case len(fit) > 0:
		j.praise(&v, fit)
	case len(missing) == 0 && len(j.yardstick.ranking) > 0:
		v.Answer = "none of those measured"
	}
	return v
}

// absent returns the backends that could not run and that might have answered.
func (j *judge) absent(n need) []string {
	var names []string
	for _, s := range j.run.Unavailable() {
		backend, durability, _ := strings.Cut(s.Key, "-")
		if durability == "" {
			durability = "sync" // any of its settings may be the answer
			if backend == "memory" || backend == "memcached" {
				durability = "none"
			}
		}
		if n.fits(j, figures.Target{Backend: backend, Durability: durability}) != no {
			names = append(names, s.Key)
		}
	}
	return names
}

// praise says why the first of these is the answer, and what comes next.
func (j *judge) praise(v *verdict, fit []figures.Latency) {
	best := fit[0]
	v.Answer, v.Backend = best.Target.String(), best.Backend
	v.Because = rate(best.PerSecond) + ", half of them within " + duration(float64(best.Median()))
	if at, ok := best.At(0.99); ok {
		v.Because += ", 99 of 100 within " + duration(float64(at))
	}
	v.Because += "."
	v.Caveat = facts[best.Backend].caveat + " " + settingCaveats[best.Target]
	switch {
	case writesThrough(best.Target) && math.IsNaN(fsyncs(j.run, best.Target)):
		v.Caveat += " " + uncounted
	case !writesThrough(best.Target) && fateOf(j.run, best.Target) == survives:
		v.Caveat += " " + unsynced
	}
	v.Caveat = strings.TrimSpace(v.Caveat)
	v.Next = j.next(fit)
}

// unsynced is said of what survived a kill without having waited for the disk.
const unsynced = "It does not wait for the disk: a power failure, which nothing here was, costs it the last acknowledged writes."

// uncounted is said of a setting that waits for the disk by its own word alone.
const uncounted = "It says that it waits for the disk; how often it told the disk to write was not measured."

// next compares the others with the first: those that noise cannot tell from
// it, else the second.
func (j *judge) next(fit []figures.Latency) string {
	var level []string
	for _, l := range fit[1:] {
		if fit[0].PerSecond/l.PerSecond-1 <= j.noise {
			level = append(level, l.Target.String())
		}
	}
	switch {
	case len(level) > 0:
		return "Level with it, as far as the figures can tell: " + joined(level) + "."
	case len(fit) > 1:
		return fmt.Sprintf("Next: %s, with %s of that.", fit[1].Target, share(int(fit[1].PerSecond), int(fit[0].PerSecond)))
	}
	return "No other fits among those measured."
}

// smallest answers what takes the least room, among the most sessions that
// were tried on every target.
func smallest(run *figures.Run) (verdict, bool) {
	sessions := largestCommon(run)
	var fit []figures.Cost
	for _, c := range run.Costs {
		if c.Sessions == sessions && !math.IsNaN(c.BytesPerSession) {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		return verdict{}, false
	}
	slices.SortStableFunc(fit, func(a, b figures.Cost) int { return cmp.Compare(a.BytesPerSession, b.BytesPerSession) })
	least, most := fit[0], fit[len(fit)-1]
	return verdict{
		Need: "Least room for a session", Answer: least.Backend, Backend: least.Backend,
		Because: fmt.Sprintf("%s a session%s, of memory or disk, among %s sessions.", size(least.BytesPerSession), ofSize(run), figures.Count(sessions)),
		Next:    fmt.Sprintf("Most: %s, with %s.", most.Backend, size(most.BytesPerSession)),
		Caveat:  facts[least.Backend].caveat,
	}, true
}

// ofSize says how large the data of the sessions is, where the run says it.
func ofSize(run *figures.Run) string {
	if text := run.Setting("growth-size"); text != "" {
		return " with " + text + " of data"
	}
	return ""
}

// largestCommon returns the largest number of sessions that as many targets
// have a cost for as for any number.
func largestCommon(run *figures.Run) int {
	have := map[int]int{}
	for _, c := range run.Costs {
		if !math.IsNaN(c.BytesPerSession) {
			have[c.Sessions]++
		}
	}
	best := 0
	for sessions, n := range have {
		if n > have[best] || n == have[best] && sessions > best {
			best = sessions
		}
	}
	return best
}
