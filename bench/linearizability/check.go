package linearizability

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// Verdict is what porcupine says of a history.
type Verdict string

// The verdicts. A history is undecided where the time was too short.
const (
	Explained Verdict = "explained"
	Violation Verdict = "violation"
	Undecided Verdict = "undecided"
)

// Check looks for an order of the operations that explains the history, for as
// long as limit in each of up to three attempts. Steps multiply the orders, and
// most histories are explained without them, so that they come last.
func (m Model) Check(h History, limit time.Duration) Verdict {
	result := porcupine.Unknown
	for splits := splitsNone; splits <= m.mostSplits(); splits++ {
		result = porcupine.CheckOperationsTimeout(checker(), m.operations(h, splits), limit)
		if result == porcupine.Ok {
			return Explained
		}
	}
	if result == porcupine.Illegal {
		return Violation
	}
	return Undecided
}

// splits says which rotations an attempt takes as steps. Each explains what
// the ones before it explain.
type splits int

const (
	splitsNone splits = iota
	splitsDone        // those that may have been carried out
	splitsAll         // also those that were refused, and perhaps taken back
)

func (s splits) has(o Outcome) bool {
	return s == splitsAll || s == splitsDone && (o == OK || o == Unknown)
}

// mostSplits returns the attempt that decides.
func (m Model) mostSplits() splits {
	if m.Steps {
		return splitsAll
	}
	return splitsNone
}

// Visualize writes a page into dir that shows the history and how far each
// attempt to explain it came, and returns the file's name.
func (m Model) Visualize(h History, dir, name string, limit time.Duration) (string, error) {
	_, info := porcupine.CheckOperationsVerbose(checker(), m.operations(h, m.mostSplits()), limit)
	var notes []porcupine.Annotation
	for _, f := range h.Faults {
		notes = append(notes, porcupine.Annotation{Tag: "network", Start: int64(f.At), Description: f.Kind.String()})
	}
	info.AddAnnotations(notes)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(dir, fmt.Sprintf("%s-seed-%d-*.html", name, h.Seed))
	if err != nil {
		return "", err
	}
	err = porcupine.Visualize(checker(), info, file)
	return file.Name(), cmp.Or(err, file.Close())
}

// checker is the model in porcupine's form. What backends differ in is in each
// event.
func checker() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Partition: partition,
		Init:      func() []any { return []any{state{}} },
		Step: func(s, in, _ any) (states []any) {
			for _, next := range in.(*event).next(s.(state)) {
				states = append(states, next)
			}
			return states
		},
		Hash:              func(s any) uint64 { return s.(state).hash() },
		DescribeOperation: func(in, _ any) string { return in.(*event).describe() },
		DescribeState:     func(s any) string { return s.(state).describe() },
	}
	return m.ToModel()
}

// operations returns the history as porcupine takes it: what failed is left
// out, what is unknown may still happen, a rotation in steps is its steps.
func (m Model) operations(h History, splits splits) []porcupine.Operation {
	var ops []porcupine.Operation
	clients := 0
	for _, o := range h.Operations {
		clients = max(clients, o.Client+1)
	}
	add := func(e event) {
		client := e.Client
		if e.Outcome == Unknown {
			e.Return = never
			client, clients = clients, clients+1 // its client went on without it
		}
		ops = append(ops, porcupine.Operation{
			ClientId: client, Input: &e, Call: int64(e.Call), Return: int64(e.Return), Metadata: e.Err,
		})
	}
	var rotation uint
	for _, o := range h.Operations {
		if o.Kind != Rotate {
			o.To = o.ID
		}
		e := event{Operation: o, model: m, drift: h.Drift}
		switch {
		case o.Kind == Rotate && splits.has(o.Outcome):
			e.rotation = rotation
			rotation++
			for _, e.step = range o.Outcome.steps() {
				add(e)
			}
		case o.Outcome != Failed:
			add(e)
		}
	}
	return ops
}

// partition splits a history into those of single sessions. A rotation joins
// the two that it names.
func partition(ops []porcupine.Operation) [][]porcupine.Operation {
	var group [maxIDs]int
	for id := range group {
		group[id] = id
	}
	for _, op := range ops {
		e := op.Input.(*event)
		from, to := group[e.ID], group[e.To]
		for id := range group {
			if group[id] == from {
				group[id] = to
			}
		}
	}
	var parts [maxIDs][]porcupine.Operation
	for _, op := range ops {
		g := group[op.Input.(*event).ID]
		parts[g] = append(parts[g], op)
	}
	return slices.DeleteFunc(parts[:], func(part []porcupine.Operation) bool { return len(part) == 0 })
}
