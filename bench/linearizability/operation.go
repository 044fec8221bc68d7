package linearizability

import (
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
)

// Kind is one of the operations of a store.
type Kind uint8

// The operations.
const (
	Get Kind = iota
	Set
	Touch
	Delete
	Create
	Replace
	Swap
	GetAndTouch
	Rotate
)

var kindNames = [...]string{"Get", "Set", "Touch", "Delete", "Create", "Replace", "CompareAndSwap", "GetAndTouch", "RotateSwap"}

// String returns the name of the method.
func (k Kind) String() string { return kindNames[k] }

// Outcome is how an operation ended.
type Outcome uint8

// The outcomes. Failed is every error that says that nothing happened and is
// no answer, such as a refused connection.
const (
	OK Outcome = iota
	NotFound
	Exists
	Conflict
	Unknown
	Failed
)

var outcomeNames = [...]string{"ok", "not found", "exists", "conflict", "unknown", "failed"}

// String returns the outcome in words.
func (o Outcome) String() string { return outcomeNames[o] }

// outcomeOf reads an error. Where the outcome is unknown nothing else counts.
func outcomeOf(err error) Outcome {
	switch {
	case err == nil:
		return OK
	case errors.Is(err, sessionstore.ErrUnknownOutcome):
		return Unknown
	case errors.Is(err, sessionstore.ErrNotFound):
		return NotFound
	case errors.Is(err, sessionstore.ErrExists):
		return Exists
	case errors.Is(err, sessionstore.ErrConflict):
		return Conflict
	default:
		return Failed
	}
}

// Operation is one call, as its caller saw it. Sessions and their data are
// numbers here; zero is the data that has no bytes.
type Operation struct {
	Client       int
	Kind         Kind
	ID           int
	To           int           // of Rotate: the new id
	Old, New     int           // data: expected, written
	TTL          time.Duration // of what writes or moves a deadline
	Call, Return time.Duration // since the history began
	Outcome      Outcome
	Value        int   // data that was read
	Err          error // why the outcome is unknown or the operation failed
}

// String describes the operation for a reader of the history.
func (o Operation) String() string {
	text := fmt.Sprintf("%v(%d", o.Kind, o.ID)
	switch o.Kind {
	case Set, Create, Replace:
		text += fmt.Sprintf(", v%d", o.New)
	case Swap:
		text += fmt.Sprintf(", v%d, v%d", o.Old, o.New)
	case Rotate:
		text += fmt.Sprintf(" to %d, v%d, v%d", o.To, o.Old, o.New)
	}
	if o.TTL > 0 {
		text += fmt.Sprintf(", %v", o.TTL)
	}
	text += ")"
	if reads := o.Kind == Get || o.Kind == GetAndTouch; reads && o.Outcome == OK {
		return fmt.Sprintf("%s: v%d", text, o.Value)
	}
	return fmt.Sprintf("%s: %v", text, o.Outcome)
}

// History is what the clients of a store saw.
type History struct {
	Seed       uint64 // of its plan
	Operations []Operation
	Faults     []Fault

	// Drift is by how much the wall clock, by which servers judge deadlines,
	// and the monotonic one, which stamped the operations, moved apart.
	Drift time.Duration
}

// Fault is something that a relay did to a connection.
type Fault struct {
	At   time.Duration // since the history began
	Kind FaultKind
}

// FaultKind is what a relay does.
type FaultKind uint8

// The faults; None is zero.
const (
	None FaultKind = iota
	LostReply
	LostRequest
	Reset
)

var faultNames = [...]string{"none", "lose a reply", "lose a request", "reset"}

// String returns the fault in words.
func (k FaultKind) String() string { return faultNames[k] }
