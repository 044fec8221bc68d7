package storetest

import (
	"bytes"
	"context"
	"errors"

	"github.com/coatcheck/sessionstore"
)

// operation is one of a Store's methods with good arguments bound. It expects
// a live session whose data is before, or no session where fresh is set.
type operation struct {
	name  string
	write bool
	fresh bool
	steps bool // may take several round trips, of which the first is a read
	call  func(ctx context.Context, s sessionstore.Store, id string) error

	// done reports whether the operation has taken effect. It is nil where a
	// Get cannot tell.
	done func(t T, s sessionstore.Store, id string) bool
}

var before, after = []byte(secretData + " before the operation"), []byte(secretData + " after the operation")

// operations are the four methods that every Store has.
var operations = []operation{
	{name: "Get", call: func(ctx context.Context, s sessionstore.Store, id string) error {
		_, err := s.Get(ctx, id)
		return err
	}},
	{name: "Set", write: true, done: stored, call: func(ctx context.Context, s sessionstore.Store, id string) error {
		return s.Set(ctx, id, after, long)
	}},
	{name: "Touch", write: true, call: func(ctx context.Context, s sessionstore.Store, id string) error {
		return s.Touch(ctx, id, long)
	}},
	{name: "Delete", write: true, done: missing, call: func(ctx context.Context, s sessionstore.Store, id string) error {
		return s.Delete(ctx, id)
	}},
}

// optional are those that come with a capability.
var optional = []operation{
	{name: "Create", write: true, fresh: true, done: stored, call: func(ctx context.Context, s sessionstore.Store, id string) error {
		return sessionstore.Create(ctx, s, id, after, long)
	}},
	{name: "Replace", write: true, done: stored, call: func(ctx context.Context, s sessionstore.Store, id string) error {
		return sessionstore.Replace(ctx, s, id, after, long)
	}},
	{name: "CompareAndSwap", write: true, steps: true, done: stored, call: func(ctx context.Context, s sessionstore.Store, id string) error {
		return sessionstore.CompareAndSwap(ctx, s, id, before, after, long)
	}},
	{name: "GetAndTouch", write: true, call: func(ctx context.Context, s sessionstore.Store, id string) error {
		_, err := sessionstore.GetAndTouch(ctx, s, id, long)
		return err
	}},
	{name: "RotateSwap", write: true, steps: true, done: rotated, call: func(ctx context.Context, s sessionstore.Store, id string) error {
		return sessionstore.RotateSwap(ctx, s, id, successor(id), before, after, long)
	}},
}

// successor is the id to which RotateSwap moves a session.
func successor(id string) string {
	if !sessionstore.ValidID(id) {
		return id
	}
	return id[:min(len(id), sessionstore.MaxIDBytes-2)] + ".n"
}

// supported returns the operations that s has.
func supported(t T, s sessionstore.Store) []operation {
	ops := operations[:len(operations):len(operations)]
	for _, op := range optional {
		if !isUnsupported(op.call(within(t, opTimeout), s, "")) {
			ops = append(ops, op)
		}
	}
	return ops
}

func isUnsupported(err error) bool { return errors.Is(err, errors.ErrUnsupported) }

func stored(t T, s sessionstore.Store, id string) bool {
	got, err := s.Get(within(t, opTimeout), id)
	return err == nil && bytes.Equal(got, after)
}

func missing(t T, s sessionstore.Store, id string) bool {
	_, err := s.Get(within(t, opTimeout), id)
	return errors.Is(err, sessionstore.ErrNotFound)
}

func rotated(t T, s sessionstore.Store, id string) bool {
	return stored(t, s, successor(id)) || missing(t, s, id)
}

// prepare gives op what it expects.
func (op operation) prepare(t T, s sessionstore.Store, id string) {
	t.Helper()
	if op.fresh {
		mustDelete(t, s, id)
		return
	}
	mustSet(t, s, id, before, long)
}
