package sessionstore

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Op is an operation of an observed store. It holds neither an id nor data.
type Op struct {
	// Name is the name of the method, such as "Get" or "CompareAndSwap": one
	// of a dozen.
	Name string

	// Namespace is the namespace that the store is, with a colon between the
	// names of nested ones, and empty for the store itself.
	Namespace string
}

// Observe returns a Store that tells start of each operation before it begins,
// and calls what start returned when it has ended, once: for metrics, spans and
// logs. The operation runs with the context that start returns, so that a span
// which start begins is the parent of those of the backend's client. Either
// result may be nil.
//
// Observed are all methods with a context; [All] from the beginning of a loop
// to its end, what the loop does included. An operation that panics has ended
// too. Update and Rotate are seen as the Get and the swaps of which they
// consist. Around all decorators Observe sees what the program does, inside of
// them what reaches the backend. A Store in several Observes tells each.
//
// start runs on the caller's goroutine, and for many callers at once. A nil
// start observes nothing.
func Observe(s Store, start func(ctx context.Context, op Op) (context.Context, func(Outcome))) Store {
	if start == nil {
		return s
	}
	return &observed{inner: s, start: start}
}

type observed struct {
	inner     Store
	start     func(context.Context, Op) (context.Context, func(Outcome))
	namespace string
}

var _ decorator = (*observed)(nil)

// watch runs an operation between the two halves of the hook.
func (d *observed) watch(ctx context.Context, name string, operation func(ctx context.Context) Outcome) {
	inside, end := d.start(ctx, Op{Name: name, Namespace: d.namespace})
	if inside != nil {
		ctx = inside
	}
	outcome := Outcome{Err: errNoReturn}
	defer func() {
		if end != nil {
			end(outcome)
		}
	}()
	outcome = operation(ctx)
}

var errNoReturn = errors.New("observe: the operation panicked")

// read is watch for what returns data.
func (d *observed) read(ctx context.Context, name string, get func(context.Context) ([]byte, error)) (data []byte, err error) {
	d.watch(ctx, name, func(ctx context.Context) Outcome {
		data, err = get(ctx)
		return Outcome{Err: err, Bytes: len(data)}
	})
	return data, err
}

// write is watch for what returns an error alone.
func (d *observed) write(ctx context.Context, name string, data []byte, put func(context.Context) error) (err error) {
	d.watch(ctx, name, func(ctx context.Context) Outcome {
		err = put(ctx)
		return Outcome{Err: err, Bytes: len(data)}
	})
	return err
}

func (d *observed) Get(ctx context.Context, id string) ([]byte, error) {
	return d.read(ctx, "Get", func(ctx context.Context) ([]byte, error) { return d.inner.Get(ctx, id) })
}

// Set also learns from a Guard inside whether it was refused.
func (d *observed) Set(ctx context.Context, id string, data []byte, ttl time.Duration) (err error) {
	d.watch(ctx, "Set", func(ctx context.Context) Outcome {
		ctx, refused := expectRefusal(ctx)
		err = d.inner.Set(ctx, id, data, ttl)
		return Outcome{Err: err, Bytes: len(data), Refused: refused()}
	})
	return err
}

func (d *observed) Touch(ctx context.Context, id string, ttl time.Duration) error {
	return d.write(ctx, "Touch", nil, func(ctx context.Context) error { return d.inner.Touch(ctx, id, ttl) })
}

func (d *observed) Delete(ctx context.Context, id string) error {
	return d.write(ctx, "Delete", nil, func(ctx context.Context) error { return d.inner.Delete(ctx, id) })
}

func (d *observed) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return d.write(ctx, "Create", data, func(ctx context.Context) error { return Create(ctx, d.inner, id, data, ttl) })
}

func (d *observed) Replace(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return d.write(ctx, "Replace", data, func(ctx context.Context) error { return Replace(ctx, d.inner, id, data, ttl) })
}

func (d *observed) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	return d.write(ctx, "CompareAndSwap", new, func(ctx context.Context) error {
		return CompareAndSwap(ctx, d.inner, id, old, new, ttl)
	})
}

func (d *observed) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	return d.write(ctx, "RotateSwap", new, func(ctx context.Context) error {
		return RotateSwap(ctx, d.inner, oldID, newID, old, new, ttl)
	})
}

func (d *observed) GetAndTouch(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
	return d.read(ctx, "GetAndTouch", func(ctx context.Context) ([]byte, error) { return GetAndTouch(ctx, d.inner, id, ttl) })
}

// All is observed anew each time that somebody ranges over it.
func (d *observed) All(ctx context.Context) iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		d.watch(ctx, "All", func(ctx context.Context) (o Outcome) {
			for session, err := range All(ctx, d.inner) {
				if err != nil {
					o.Err = err // the last one, or a record that is corrupt
				} else {
					o.Count++
					o.Bytes += len(session.Data)
				}
				if !yield(session, err) {
					break
				}
			}
			return o
		})
	}
}

func (d *observed) Clear(ctx context.Context) error {
	return d.write(ctx, "Clear", nil, func(ctx context.Context) error { return Clear(ctx, d.inner) })
}

func (d *observed) DeleteExpired(ctx context.Context) (n int, err error) {
	d.watch(ctx, "DeleteExpired", func(ctx context.Context) Outcome {
		n, err = DeleteExpired(ctx, d.inner)
		return Outcome{Err: err, Count: n}
	})
	return n, err
}

// Namespace is observed by the same hook.
func (d *observed) Namespace(name string) (Store, error) {
	inner, err := Namespace(d.inner, name)
	if err != nil {
		return nil, err
	}
	if d.namespace != "" {
		name = d.namespace + ":" + name
	}
	return &observed{inner: inner, start: d.start, namespace: name}, nil
}

func (d *observed) Ping(ctx context.Context) error {
	return d.write(ctx, "Ping", nil, func(ctx context.Context) error { return Ping(ctx, d.inner) })
}

func (d *observed) Close() error { return Close(d.inner) }

func (d *observed) handle(id string) string { return handleOf(d.inner, id) }

func (d *observed) getHandle(ctx context.Context, handle string) ([]byte, error) {
	return d.read(ctx, "Get", func(ctx context.Context) ([]byte, error) { return getHandle(ctx, d.inner, handle) })
}
