package target

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

func TestMain(m *testing.M) { server.Main(m) }

// opened opens a target for one test, or skips it where there is no server.
func opened(t *testing.T, c Config) *Target {
	t.Helper()
	target, err := c.Open(t.Context(), t.TempDir())
	if errors.Is(err, server.ErrUnavailable) && os.Getenv("SESSIONSTORE_REQUIRE") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := target.Close(); err != nil {
			t.Error(err)
		}
	})
	return target
}

// TestPlaces: what one store of a place wrote another reads, and a second place
// is empty. Open has checked that the server's settings are what the name says.
func TestPlaces(t *testing.T) {
	for _, c := range Survivals() {
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			target := opened(t, c)
			settings, err := target.Settings(t.Context())
			if err != nil || settings[0].Value == "" {
				t.Errorf("settings: %v, %v, want a version first", settings, err)
			}
			t.Log(settings)
			p := target.Place()
			if err := set(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			want := error(nil)
			if c.Backend == "memory" {
				want = sessionstore.ErrNotFound
			}
			if err := get(t.Context(), p); !errors.Is(err, want) {
				t.Errorf("Get by another store of the place: %v, want %v", err, want)
			}
			if err := get(t.Context(), target.Place()); !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("Get in another place: %v, want ErrNotFound", err)
			}
		})
	}
}

func set(ctx context.Context, p Place) error {
	s, err := p.Open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(s.Set(ctx, "id", []byte("data"), time.Hour), s.Close())
}

func get(ctx context.Context, p Place) error {
	s, err := p.Open(ctx)
	if err != nil {
		return err
	}
	_, err = s.Get(ctx, "id")
	return errors.Join(err, s.Close())
}

// TestGivenServerSetOtherwise: a server that was given is not measured under a
// name that its settings do not bear out.
func TestGivenServerSetOtherwise(t *testing.T) {
	given := testserver.NewRedis(t) // appendonly yes, appendfsync no
	t.Setenv("SESSIONSTORE_SERVERS", "auto")
	t.Setenv(server.Variable("redis"), given.URL())
	_, err := Config{"redis", "always"}.Open(t.Context(), t.TempDir())
	if !errors.Is(err, server.ErrUnavailable) {
		t.Errorf("Open: %v, want ErrUnavailable", err)
	}
}

// TestPlacesOfTwoTargets: another target in the same directory, for the same
// configuration, has places of its own.
func TestPlacesOfTwoTargets(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for range 2 {
		target, err := Config{"bolt", "sync"}.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, target.Place().URL)
	}
	if names[0] == names[1] {
		t.Errorf("two targets have one place, %s", names[0])
	}
}
