package managed

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// hanging is a store whose server does not answer.
type hanging struct{ sessionstore.Store }

func (hanging) Get(ctx context.Context, _ string) ([]byte, error) { return nil, hang(ctx) }

func (hanging) Replace(ctx context.Context, _ string, _ []byte, _ time.Duration) error {
	return hang(ctx)
}

func (hanging) Set(ctx context.Context, _ string, _ []byte, _ time.Duration) error { return hang(ctx) }

func hang(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// elapsed wants that f ends after d because its time is over.
func elapsed(t *testing.T, what string, d time.Duration, f func() error) {
	t.Helper()
	began := time.Now()
	err := f()
	if got := time.Since(began); got != d || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: got %v after %v, want a deadline after %v", what, err, got, d)
	}
}

func TestCallsEndInTime(t *testing.T) {
	for _, test := range []struct{ timeout, want time.Duration }{
		{0, DefaultTimeout}, {-1, DefaultTimeout}, {time.Second, time.Second}, {time.Hour, time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := Sessions(hanging{}, Options{Timeout: test.timeout})
			within := func() context.Context {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				t.Cleanup(cancel)
				return ctx
			}
			elapsed(t, "Find", test.want, func() error { _, _, err := m.Find(within(), "id"); return err })
			elapsed(t, "Save", test.want, func() error { _, err := m.Save(within(), "id", nil, time.Hour); return err })
			elapsed(t, "Delete", test.want, func() error { return m.Delete(within(), "id") })
			elapsed(t, "Remove", test.want, func() error { return m.Remove(within(), "id") })
		})
	}
}

// A user who signs out and closes the browser wants to be signed out.
func TestDeleteOutlastsItsClient(t *testing.T) {
	m := Sessions(newMemory(t), Options{})
	save(t, m, "id", "x", time.Hour)
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	if _, _, err := m.Find(gone, "id"); !errors.Is(err, context.Canceled) {
		t.Errorf("Find: got %v, want canceled", err)
	}
	if _, err := m.Save(gone, "id", nil, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("Save: got %v, want canceled", err)
	}
	if err := m.Remove(gone, "id"); !errors.Is(err, context.Canceled) {
		t.Errorf("Remove: got %v, want canceled", err)
	}
	late, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if err := m.Delete(late, "id"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Delete after its deadline: got %v", err)
	}
	want(t, m, "id", "x")
	must(t, m.Delete(gone, "id"))
	wantMiss(t, m, "id")
}

// request is a context as fiber v3 has it, which nobody may use later.
type request struct {
	own
	behind context.Context
}

type own = context.Context

func (r request) Context() context.Context { return r.behind }

type contextKey struct{}

func TestRequestsAreNotKept(t *testing.T) {
	var seen []any
	watched := sessionstore.Observe(newMemory(t), func(ctx context.Context, _ sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		seen = append(seen, ctx.Value(contextKey{}))
		return nil, nil
	})
	m := Sessions(watched, Options{})
	of := func(value string) context.Context { return context.WithValue(t.Context(), contextKey{}, value) }
	ctx := request{own: of("the request"), behind: of("behind it")}
	_, err := m.Save(ctx, "id", nil, time.Hour)
	must(t, err)
	_, _, err = m.Find(ctx, "id")
	must(t, err)
	_, err = m.All(ctx)
	must(t, err)
	must(t, m.Delete(ctx, "id"))
	must(t, m.Remove(ctx, "id"))
	must(t, m.Clear(ctx))
	if len(seen) < 6 {
		t.Fatalf("got %d operations, want at least 6", len(seen))
	}
	for _, value := range seen {
		if value != "behind it" {
			t.Errorf("got an operation with the context of %v", value)
		}
	}
}
