package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// spy passes calls on to a store, also those of its namespaces, and remembers
// what it was given. While fault is set it is asked first, by operation, and an
// error of its is the answer.
type spy struct {
	sessionstore.Store
	*notes
}

type notes struct {
	mu    sync.Mutex
	given []string                                   // guarded by mu
	ops   []string                                   // guarded by mu
	fault func(ctx context.Context, op string) error // guarded by mu
}

func newSpy(s sessionstore.Store) *spy { return &spy{s, &notes{}} }

func (n *notes) note(ctx context.Context, op string, given ...string) error {
	n.mu.Lock()
	n.ops = append(n.ops, op)
	n.given = append(n.given, given...)
	fault := n.fault
	n.mu.Unlock()
	if fault == nil {
		return nil
	}
	return fault(ctx, op)
}

func (n *notes) setFault(fault func(ctx context.Context, op string) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fault = fault
}

// fail lets every call answer err, or none where err is nil.
func (n *notes) fail(err error) {
	n.setFault(func(context.Context, string) error { return err })
}

// meanwhile runs f once, before the next call of op.
func (n *notes) meanwhile(op string, f func()) {
	n.setFault(func(_ context.Context, called string) error {
		if called == op {
			n.setFault(nil)
			f()
		}
		return nil
	})
}

// calls returns the operations since the last call of it.
func (n *notes) calls() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	ops := n.ops
	n.ops = nil
	return strings.Join(ops, " ")
}

// saw reports whether part is in anything that the store was given.
func (n *notes) saw(part string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Contains(strings.Join(n.given, "\x00"), part)
}

func (s *spy) Get(ctx context.Context, id string) ([]byte, error) {
	if err := s.note(ctx, "get", id); err != nil {
		return nil, err
	}
	return s.Store.Get(ctx, id)
}

func (s *spy) Delete(ctx context.Context, id string) error {
	if err := s.note(ctx, "delete", id); err != nil {
		return err
	}
	return s.Store.Delete(ctx, id)
}

func (s *spy) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := s.note(ctx, "create", id, string(data)); err != nil {
		return err
	}
	return sessionstore.Create(ctx, s.Store, id, data, ttl)
}

func (s *spy) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	if err := s.note(ctx, "swap", id, string(old), string(new)); err != nil {
		return err
	}
	return sessionstore.CompareAndSwap(ctx, s.Store, id, old, new, ttl)
}

func (s *spy) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	if err := s.note(ctx, "rotate", oldID, newID, string(old), string(new)); err != nil {
		return err
	}
	return sessionstore.RotateSwap(ctx, s.Store, oldID, newID, old, new, ttl)
}

func (s *spy) Namespace(name string) (sessionstore.Store, error) {
	inner, err := sessionstore.Namespace(s.Store, name)
	return &spy{inner, s.notes}, err
}
