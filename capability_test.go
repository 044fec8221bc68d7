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
	for name, err := range map[string]error{
		"Ping":  sessionstore.Ping(t.Context(), plain{}),
		"Close": sessionstore.Close(plain{}),
	} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s of a store that cannot: got %v, want errors.ErrUnsupported", name, err)
		}
		if !strings.Contains(err.Error(), "plain") {
			t.Errorf("%s: got %q, want the type that cannot in it", name, err)
		}
	}
}
