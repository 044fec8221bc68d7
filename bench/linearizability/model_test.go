package linearizability

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// between is an operation with its call and return, in milliseconds.
func between(call, ret time.Duration, op Operation) Operation {
	op.Call, op.Return = call*time.Millisecond, ret*time.Millisecond
	return op
}

const ms = time.Millisecond

var (
	lost    = Operation{Kind: Get, Outcome: NotFound}
	read1   = Operation{Kind: Get, Value: 1}
	read2   = Operation{Kind: Get, Value: 2}
	set1    = Operation{Kind: Set, New: 1, TTL: 10 * ms}
	set2    = Operation{Kind: Set, New: 2, TTL: 100 * ms}
	ended   = Operation{Kind: Delete}
	rotated = Operation{Kind: Rotate, To: 1, Old: 1, New: 2, TTL: 100 * ms}
)

func with(o Outcome, op Operation) Operation { op.Outcome = o; return op }
func on(id int, op Operation) Operation      { op.ID = id; return op }

func TestModel(t *testing.T) {
	late, steps := Model{Slack: 5 * ms, Resolution: 8 * ms}, Model{Steps: true}
	for _, test := range []struct {
		name  string
		model Model
		want  Verdict
		ops   []Operation
	}{
		{"read after write", Model{}, Explained, []Operation{between(0, 1, set1), between(2, 3, read1)}},
		{"missed too early", Model{}, Violation, []Operation{between(0, 1, set1), between(2, 9, lost)}},
		{"missed at the deadline", Model{}, Explained, []Operation{between(0, 1, set1), between(2, 10, lost)}},
		{"read at the deadline", Model{}, Explained, []Operation{between(0, 2, set1), between(11, 20, read1)}},
		{"read too late", Model{}, Violation, []Operation{between(0, 2, set1), between(12, 20, read1)}},
		{"late, within the slack", late, Explained, []Operation{between(0, 2, set1), between(22, 23, read1)}},
		{"late, beyond the slack", late, Violation, []Operation{between(0, 2, set1), between(23, 24, read1)}},
		{"expiry is final", Model{}, Violation, []Operation{between(0, 5, set1), between(10, 11, lost), between(12, 13, read1)}},
		{"a later Set starts again", Model{}, Explained, []Operation{between(0, 1, set1), between(2, 3, set2), between(50, 51, read2)}},
		{"two creates", Model{}, Violation, []Operation{
			between(0, 3, Operation{Kind: Create, New: 1, TTL: 10 * ms}), between(0, 3, Operation{Kind: Create, New: 2, TTL: 10 * ms})}},
		{"conflict with an equal session", Model{}, Violation, []Operation{
			between(0, 1, set1), between(2, 3, Operation{Kind: Swap, Old: 1, New: 2, TTL: ms, Outcome: Conflict})}},

		{"unknown, then seen", Model{}, Explained, []Operation{between(0, 1, with(Unknown, set1)), between(2, 3, read1)}},
		{"unknown, then not seen", Model{}, Explained, []Operation{between(0, 1, with(Unknown, set1)), between(2, 3, lost)}},
		{"unknown, seen late", Model{}, Explained, []Operation{
			between(0, 1, with(Unknown, set1)), between(2, 3, lost), between(50, 51, read1), between(60, 61, read1)}},
		{"unknown, not for ever", Model{}, Violation, []Operation{
			between(0, 1, with(Unknown, set1)), between(50, 51, read1), between(62, 63, read1)}},
		{"unknown, happens once", Model{}, Violation, []Operation{
			between(0, 1, with(Unknown, set1)), between(2, 3, read1), between(4, 5, ended), between(6, 7, read1)}},
		{"failed, then seen", Model{}, Violation, []Operation{between(0, 1, with(Failed, set1)), between(2, 3, read1)}},

		{"a touch that is seen after the deadline", Model{}, Violation, []Operation{
			between(0, 1, set1), between(9, 15, Operation{Kind: Touch, TTL: 10 * ms}), between(12, 13, lost), between(16, 17, read1)}},

		{"rotation moves", Model{}, Explained, []Operation{
			between(0, 1, set1), between(2, 8, rotated), between(3, 4, read1), between(5, 6, lost), between(5, 6, on(1, read2))}},
		{"both visible", Model{}, Violation, []Operation{
			between(0, 1, set1), between(2, 8, rotated), between(3, 4, on(1, read2)), between(5, 6, read1)}},
		{"both visible, in steps", steps, Explained, []Operation{
			between(0, 1, set1), between(2, 8, rotated), between(3, 4, on(1, read2)), between(5, 6, read1)}},
		{"none visible, in steps", steps, Violation, []Operation{
			between(0, 1, set1), between(2, 8, rotated), between(3, 4, lost), between(5, 6, on(1, lost))}},
		{"taken back", steps, Explained, []Operation{
			between(0, 1, set1), between(2, 8, with(NotFound, rotated)), between(3, 4, on(1, read2)), between(4, 5, ended), between(9, 10, on(1, lost))}},
		{"not taken back", steps, Violation, []Operation{
			between(0, 1, set1), between(2, 8, with(NotFound, rotated)), between(3, 4, ended), between(9, 10, on(1, read2))}},
		{"left behind, unknown", steps, Explained, []Operation{
			between(0, 1, set1), between(2, 8, with(Unknown, rotated)), between(9, 10, on(1, read2)), between(9, 10, read1)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i := range test.ops {
				test.ops[i].Client = i
			}
			if got := test.model.Check(History{Operations: test.ops}, time.Second); got != test.want {
				t.Errorf("got %v, want %v, of %v", got, test.want, test.ops)
			}
		})
	}
}

// A clock that moved apart from the other by a millisecond excuses as much.
func TestDrift(t *testing.T) {
	h := History{Operations: []Operation{between(0, 1, set1), between(2, 9, lost)}}
	for drift, want := range map[time.Duration]Verdict{0: Violation, ms: Explained} {
		if h.Drift = drift; (Model{}).Check(h, time.Second) != want {
			t.Errorf("a drift of %v: the history is not a %v", drift, want)
		}
	}
}

func TestPlanIsItsSeed(t *testing.T) {
	shape := inSeconds
	shape.Faults = 3
	for seed := range uint64(100) {
		if !reflect.DeepEqual(NewPlan(shape, seed), NewPlan(shape, seed)) {
			t.Fatalf("seed %d: two plans", seed)
		}
	}
	if reflect.DeepEqual(NewPlan(shape, 1), NewPlan(shape, 2)) {
		t.Error("two seeds, one plan")
	}
}

func TestVisualize(t *testing.T) {
	h := History{
		Seed: 42, Faults: []Fault{{At: ms, Kind: LostReply}},
		Operations: []Operation{between(0, 1, with(Unknown, set1)), between(2, 3, read2), between(4, 6, rotated)},
	}
	name, err := Model{Steps: true}.Visualize(h, t.TempDir(), "test", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Set(0, v1, 10ms): unknown", "creates the new", LostReply.String()} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if !strings.Contains(name, "seed-42") {
		t.Errorf("the page's name is %s, want the seed in it", name)
	}
}
