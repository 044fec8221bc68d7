package sessionstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// plain is a Store without any capability.
type plain struct{}

func (plain) Get(context.Context, string) ([]byte, error)              { return nil, sessionstore.ErrNotFound }
func (plain) Set(context.Context, string, []byte, time.Duration) error { return nil }
func (plain) Touch(ctx context.Context, id string, ttl time.Duration) error {
	return sessionstore.ErrNotFound
}
func (plain) Delete(ctx context.Context, id string) error { return nil }

func TestUnsupported(t *testing.T) {
	ctx, s := t.Context(), plain{}
	_, purge := sessionstore.DeleteExpired(ctx, s)
	_, namespace := sessionstore.Namespace(s, "a")
	var list error
	for _, list = range sessionstore.All(ctx, s) {
	}
	for name, err := range map[string]error{
		"Ping":           sessionstore.Ping(ctx, s),
		"Close":          sessionstore.Close(s),
		"Create":         sessionstore.Create(ctx, s, "id", nil, time.Hour),
		"Replace":        sessionstore.Replace(ctx, s, "id", nil, time.Hour),
		"CompareAndSwap": sessionstore.CompareAndSwap(ctx, s, "id", nil, nil, time.Hour),
		"Update":         sessionstore.Update(ctx, s, "id", time.Hour, nil),
		"RotateSwap":     sessionstore.RotateSwap(ctx, s, "id", "new", nil, nil, time.Hour),
		"Rotate":         sessionstore.Rotate(ctx, s, "id", "new", time.Hour),
		"All":            list,
		"Clear":          sessionstore.Clear(ctx, s),
		"DeleteExpired":  purge,
		"Namespace":      namespace,
	} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s of a store that cannot: got %v, want errors.ErrUnsupported", name, err)
		}
		if !strings.Contains(err.Error(), "plain") {
			t.Errorf("%s: got %q, want the type that cannot in it", name, err)
		}
	}
}
