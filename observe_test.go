package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

// log notes what an Observe tells.
type log []string

func (l *log) start(ctx context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
	*l = append(*l, strings.TrimPrefix(op.Namespace+"/", "/")+op.Name)
	return ctx, func(o sessionstore.Outcome) {
		*l = append(*l, fmt.Sprintf("%s %d bytes %d sessions", o.Kind(), o.Bytes, o.Count))
	}
}

// take returns what was noted since.
func (l *log) take() string {
	defer func() { *l = nil }()
	return strings.Join(*l, "; ")
}

func TestObserve(t *testing.T) {
	var l log
	s := sessionstore.Observe(newMemory(t), l.start)
	ctx, hour := t.Context(), time.Hour
	side := namespace(t, namespace(t, s, "side"), "inner")
	for _, c := range []struct {
		call func() error
		want string
	}{
		{func() error { return s.Set(ctx, "id", []byte("data"), hour) }, "Set; ok 4 bytes 0 sessions"},
		{func() error { _, err := s.Get(ctx, "id"); return err }, "Get; ok 4 bytes 0 sessions"},
		{func() error { _, err := s.Get(ctx, "absent"); return err }, "Get; not_found 0 bytes 0 sessions"},
		{func() error { return s.Touch(ctx, "id", 0) }, "Touch; invalid_ttl 0 bytes 0 sessions"},
		{func() error { return s.Delete(ctx, "bad id") }, "Delete; invalid_id 0 bytes 0 sessions"},
		{func() error { return sessionstore.Create(ctx, s, "id", nil, hour) }, "Create; exists 0 bytes 0 sessions"},
		{func() error { return sessionstore.Replace(ctx, s, "id", []byte("12345"), hour) }, "Replace; ok 5 bytes 0 sessions"},
		{func() error { return sessionstore.CompareAndSwap(ctx, s, "id", nil, []byte("1"), hour) },
			"CompareAndSwap; conflict 1 bytes 0 sessions"},
		{func() error { return sessionstore.RotateSwap(ctx, s, "id", "new", []byte("12345"), nil, hour) },
			"RotateSwap; ok 0 bytes 0 sessions"},
		{func() error { _, err := sessionstore.GetAndTouch(ctx, s, "new", hour); return err }, "GetAndTouch; ok 0 bytes 0 sessions"},
		{func() error { return s.Set(ctx, "id", make([]byte, sessionstore.MaxDataBytes+1), hour) },
			"Set; too_large 1000001 bytes 0 sessions"},
		{func() error { _, err := sessionstore.DeleteExpired(ctx, s); return err }, "DeleteExpired; ok 0 bytes 0 sessions"},
		{func() error { return sessionstore.Ping(ctx, s) }, "Ping; ok 0 bytes 0 sessions"},
		{func() error { return side.Set(ctx, "id", []byte("data"), hour) }, "side:inner/Set; ok 4 bytes 0 sessions"},
		{func() error { return sessionstore.Clear(ctx, s) }, "Clear; ok 0 bytes 0 sessions"},
		{func() error { return sessionstore.Close(s) }, ""},
		{func() error { return sessionstore.Ping(ctx, s) }, "Ping; closed 0 bytes 0 sessions"},
	} {
		c.call() // its outcome is in what was told
		if got := l.take(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestObserveAll(t *testing.T) {
	var l log
	backend := newMemory(t)
	s := sessionstore.Observe(encryptWith(t, backend, "p", key(1)), l.start)
	for _, id := range []string{"a", "b", "c"} {
		set(t, s, id, "data")
	}
	l.take()
	all := sessionstore.All(t.Context(), s)
	if got := l.take(); got != "" {
		t.Errorf("All before a loop: got %q, want nothing", got)
	}
	for range 2 {
		for range all {
		}
		if got, want := l.take(), "All; ok 12 bytes 3 sessions"; got != want {
			t.Errorf("All: got %q, want %q", got, want)
		}
	}
	for range all {
		break
	}
	if got, want := l.take(), "All; ok 4 bytes 1 sessions"; got != want {
		t.Errorf("All that is broken off: got %q, want %q", got, want)
	}
	set(t, backend, "broken", "no record")
	for range all {
	}
	if got, want := l.take(), "All; corrupt 12 bytes 3 sessions"; got != want {
		t.Errorf("All beside a corrupt record: got %q, want %q", got, want)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for range sessionstore.All(done, s) {
	}
	if got, want := l.take(), "All; canceled 0 bytes 0 sessions"; got != want {
		t.Errorf("All with a context that is done: got %q, want %q", got, want)
	}
}

// seen notes with which context a Get reaches the backend.
type seen struct {
	*memory.Store
	ctx context.Context
}

func (s *seen) Get(ctx context.Context, id string) ([]byte, error) {
	s.ctx = ctx
	return s.Store.Get(ctx, id)
}

func TestObserveContext(t *testing.T) {
	type spanKey struct{}
	backend := &seen{Store: newMemory(t)}
	s := sessionstore.Observe(backend, func(ctx context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		return context.WithValue(ctx, spanKey{}, op.Name), nil
	})
	s.Get(t.Context(), "absent")
	if got := backend.ctx.Value(spanKey{}); got != "Get" {
		t.Errorf("the backend's context: got the span %v, want that of the Get", got)
	}
	// No context is that of the caller, and a nil hook is no hook.
	s = sessionstore.Observe(backend, func(context.Context, sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		return nil, nil
	})
	s.Get(t.Context(), "absent")
	if backend.ctx != t.Context() {
		t.Error("the backend's context is not the caller's")
	}
	if got := sessionstore.Observe(backend, nil); got != sessionstore.Store(backend) {
		t.Errorf("Observe with no hook: got %T, want the store itself", got)
	}
}

// broken panics.
type broken struct{ plain }

func (broken) Get(context.Context, string) ([]byte, error) { panic("broken") }

func TestObservePanic(t *testing.T) {
	var l log
	s := sessionstore.Observe(broken{}, l.start)
	func() {
		defer func() {
			if got := recover(); got != "broken" {
				t.Errorf("recover: got %v, want the panic to go on", got)
			}
		}()
		s.Get(t.Context(), "id")
	}()
	if got, want := l.take(), "Get; error 0 bytes 0 sessions"; got != want {
		t.Errorf("a Get that panics: got %q, want %q", got, want)
	}
}

// TestOutcomeKinds has every sentinel: a new one must get a kind of its own.
func TestOutcomeKinds(t *testing.T) {
	wrap := func(err error) error { return fmt.Errorf("redis: get: %w", err) }
	kinds := make(map[string]bool)
	for _, c := range []struct {
		outcome sessionstore.Outcome
		kind    string
		failed  bool
	}{
		{sessionstore.Outcome{}, "ok", false},
		{sessionstore.Outcome{Refused: true}, "refused", false},
		{sessionstore.Outcome{Err: sessionstore.ErrNotFound}, "not_found", false},
		{sessionstore.Outcome{Err: sessionstore.ErrExists}, "exists", false},
		{sessionstore.Outcome{Err: sessionstore.ErrConflict}, "conflict", false},
		{sessionstore.Outcome{Err: sessionstore.ErrInvalidID}, "invalid_id", false},
		{sessionstore.Outcome{Err: sessionstore.ErrInvalidTTL}, "invalid_ttl", false},
		{sessionstore.Outcome{Err: sessionstore.ErrTooLarge}, "too_large", false},
		{sessionstore.Outcome{Err: sessionstore.ErrCorrupt}, "corrupt", true},
		{sessionstore.Outcome{Err: sessionstore.ErrFull}, "full", true},
		{sessionstore.Outcome{Err: sessionstore.ErrClosed}, "closed", true},
		{sessionstore.Outcome{Err: errors.Join(context.Canceled, sessionstore.ErrUnknownOutcome)}, "unknown_outcome", true},
		{sessionstore.Outcome{Err: context.Canceled}, "canceled", false},
		{sessionstore.Outcome{Err: context.DeadlineExceeded}, "timeout", true},
		{sessionstore.Outcome{Err: errors.ErrUnsupported}, "unsupported", false},
		{sessionstore.Outcome{Err: io.EOF}, "error", true},
		{sessionstore.Outcome{Err: io.EOF, Refused: true}, "error", true},
	} {
		if c.outcome.Err != nil {
			c.outcome.Err = wrap(c.outcome.Err)
		}
		if got := c.outcome.Kind(); got != c.kind {
			t.Errorf("%v: got the kind %s, want %s", c.outcome.Err, got, c.kind)
		}
		if got := c.outcome.Failed(); got != c.failed {
			t.Errorf("%v: Failed: got %v, want %v", c.outcome.Err, got, c.failed)
		}
		kinds[c.kind] = true
	}
	if len(kinds) != 16 {
		t.Errorf("got %d kinds, want the 16 that Outcome.Kind names", len(kinds))
	}
}

// TestObserveTellsNoSecret looks at all that a hook is given.
func TestObserveTellsNoSecret(t *testing.T) {
	const id, data = "secret-id-of-a-session", "secret data of a session"
	var told strings.Builder
	s := sessionstore.Observe(newMemory(t), func(ctx context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		fmt.Fprintf(&told, "%#v\n", op)
		return ctx, func(o sessionstore.Outcome) { fmt.Fprintf(&told, "%#v %v\n", o, o.Err) }
	})
	set(t, s, id, data)
	for range sessionstore.All(t.Context(), s) {
	}
	for _, err := range opening(t.Context(), s, id) {
		fmt.Fprintln(&told, err)
	}
	for _, err := range opening(t.Context(), s, id+" which is invalid") {
		fmt.Fprintln(&told, err)
	}
	if strings.Contains(told.String(), "secret") {
		t.Errorf("the hook was told a secret:\n%s", told.String())
	}
}

// TestDecoratorsSayUnsupported: a decorator has every method, so that only a
// call can tell what the store inside lacks.
func TestDecoratorsSayUnsupported(t *testing.T) {
	var l log
	for name, s := range map[string]sessionstore.Store{
		"HashIDs": sessionstore.HashIDs(plain{}),
		"Encrypt": encryptWith(t, plain{}, "p", key(1)),
		"Observe": sessionstore.Observe(plain{}, l.start),
	} {
		ctx := t.Context()
		_, purge := sessionstore.DeleteExpired(ctx, s)
		_, inner := sessionstore.Namespace(s, "a")
		var all error
		for _, all = range sessionstore.All(ctx, s) {
		}
		for op, err := range map[string]error{
			"Ping":           sessionstore.Ping(ctx, s),
			"Close":          sessionstore.Close(s),
			"Create":         sessionstore.Create(ctx, s, "id", nil, time.Hour),
			"Replace":        sessionstore.Replace(ctx, s, "id", nil, time.Hour),
			"CompareAndSwap": sessionstore.CompareAndSwap(ctx, s, "id", nil, nil, time.Hour),
			"RotateSwap":     sessionstore.RotateSwap(ctx, s, "id", "new", nil, nil, time.Hour),
			"All":            all,
			"Clear":          sessionstore.Clear(ctx, s),
			"DeleteExpired":  purge,
			"Namespace":      inner,
		} {
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), reflect.TypeFor[plain]().String()) {
				t.Errorf("%s: %s: got %v, want errors.ErrUnsupported and the type that lacks it", name, op, err)
			}
		}
	}
}

// Times and outcomes of each operation. The examples module shows the same for
// OpenTelemetry and Prometheus.
func ExampleObserve() {
	backend, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	store := sessionstore.Observe(backend, func(ctx context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		began := time.Now()
		return ctx, func(o sessionstore.Outcome) {
			slow := time.Since(began) > time.Second
			fmt.Println(op.Name, o.Kind(), "failed:", o.Failed(), "slow:", slow)
		}
	})
	ctx := context.Background()
	if err := store.Set(ctx, "id", []byte("ada"), time.Hour); err != nil {
		fmt.Println(err)
	}
	if _, err := store.Get(ctx, "other"); !errors.Is(err, sessionstore.ErrNotFound) {
		fmt.Println(err)
	}
	sessionstore.Close(store)
	if err := sessionstore.Ping(ctx, store); err == nil {
		fmt.Println("a closed store answers")
	}
	// Output:
	// Set ok failed: false slow: false
	// Get not_found failed: false slow: false
	// Ping closed failed: true slow: false
}
