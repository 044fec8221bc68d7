package httpsession

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
)

// Manager gives each request its session. T is what the application keeps in
// it, usually a struct and never a pointer, and must survive a way through
// encoding/json: fields that are not exported do not. The zero T is a visitor of
// whom nothing is known.
//
// A Manager is safe for concurrent use and has nothing to close. Several
// processes that share a store share their sessions.
type Manager[T any] struct {
	opts       Options[T]
	store      sessionstore.Store // hashes ids
	successors sessionstore.Store // see successor.go
	owners     *sessionstore.Owners
	mark       string // what handles begin with in store, and not outside of this package
}

// New returns a Manager of the sessions in s, which must have the capabilities
// to create, swap and rotate, and namespaces: all backends of this module have.
// The Manager does not close s. Ids are hashed here; a store that hashes them
// as well does no harm.
//
// The error names the option that is out of range, or says why T cannot be
// stored: it is a pointer, JSON does not know it, or none of its fields is
// exported. It matches [errors.ErrUnsupported] where s lacks a capability.
func New[T any](s sessionstore.Store, opts Options[T]) (*Manager[T], error) {
	if t := reflect.TypeFor[T](); t.Kind() == reflect.Pointer {
		return nil, fmt.Errorf("httpsession: the type of a value is %v, want no pointer: %v", t, t.Elem())
	}
	opts, err := opts.complete()
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, errors.New("httpsession: the store is nil: open one, such as memory.New(memory.Options{})")
	}
	m := &Manager[T]{opts: opts, store: sessionstore.HashIDs(s)}
	if err := m.checkCapabilities(); err != nil {
		return nil, fmt.Errorf("httpsession: %w", err)
	}
	if m.successors, err = sessionstore.Namespace(m.store, successorsNamespace); err != nil {
		return nil, fmt.Errorf("httpsession: %w", err)
	}
	m.owners, err = sessionstore.NewOwners(m.store, sessionstore.OwnersOptions{MaxSessions: opts.MaxSessions, TTL: opts.Absolute})
	if err != nil {
		return nil, fmt.Errorf("httpsession: %w", err)
	}
	handle := m.owners.HandleOf(sessionstore.NewID())
	m.mark = handle[:len(handle)-len(strings.TrimLeft(handle, "#"))]
	if err := checkValue[T](); err != nil {
		return nil, fmt.Errorf("httpsession: %v cannot be stored: %w", reflect.TypeFor[T](), err)
	}
	return m, nil
}

// checkValue refuses a T that JSON cannot hold, and a struct of which nothing
// would come back.
func checkValue[T any]() error {
	var nobody T
	data, err := json.Marshal(nobody)
	if err != nil {
		return err
	}
	t := reflect.TypeFor[T]()
	if _, own := any(&nobody).(json.Marshaler); own || string(data) != "{}" || t.Kind() != reflect.Struct || t.NumField() == 0 {
		return nil
	}
	if !slices.ContainsFunc(reflect.VisibleFields(t), reflect.StructField.IsExported) {
		return errors.New("none of its fields is exported: begin their names with a capital letter")
	}
	return nil
}

// checkCapabilities asks for what the Manager needs by calling it, with a ttl
// that is refused before anything is sent: a decorator has every method.
func (m *Manager[T]) checkCapabilities() error {
	ctx, id := context.Background(), sessionstore.NewID()
	for _, err := range []error{
		sessionstore.Create(ctx, m.store, id, nil, 0),
		sessionstore.CompareAndSwap(ctx, m.store, id, nil, nil, 0),
		sessionstore.RotateSwap(ctx, m.store, id, sessionstore.NewID(), nil, nil, 0),
	} {
		if errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	return nil
}

// bounded returns the context of one call.
func (m *Manager[T]) bounded(r *http.Request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(r.Context()), m.opts.Timeout)
}

// half returns the context of a step that may take half of the call's time.
func half(ctx context.Context) (context.Context, context.CancelFunc) {
	end, _ := ctx.Deadline() // bounded has set it
	return context.WithTimeout(ctx, time.Until(end)/2)
}

// now is a time that JSON keeps as it is.
func (m *Manager[T]) now() time.Time { return m.opts.Now().UTC().Truncate(time.Millisecond) }

// owner returns the name of the list in which the session that holds value is,
// or nothing where it has no owner.
func (m *Manager[T]) owner(value T) string {
	if m.opts.Owner == nil {
		return ""
	}
	return m.list(m.opts.Owner(value))
}

// list returns the name of an owner's list. A Manager with another cookie has
// another: user 1 of a shop need not be its administrator 1.
func (m *Manager[T]) list(owner string) string {
	if owner == "" {
		return ""
	}
	return m.opts.Cookie + "=" + owner
}

// handle returns the public handle of an id: its hash.
func (m *Manager[T]) handle(id string) string {
	return strings.TrimPrefix(m.owners.HandleOf(id), m.mark)
}
