package peers

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

func TestMain(m *testing.M) { server.Main(m) }

// eachPeer runs check for every peer, with a target for each backend.
func eachPeer(t *testing.T, check func(t *testing.T, p Peer, on *target.Target)) {
	for _, c := range Configs() {
		t.Run(c.Backend, func(t *testing.T) {
			t.Parallel()
			on := opened(t, c)
			for _, p := range Of(c.Backend) {
				t.Run(p.Name, func(t *testing.T) {
					t.Parallel()
					check(t, p, on)
				})
			}
		})
	}
}

// opened opens a target for one test, or skips it where there is no server.
func opened(t *testing.T, c target.Config) *target.Target {
	t.Helper()
	on, err := c.Open(t.Context(), t.TempDir())
	if must, requireErr := testserver.Required(c.Backend); errors.Is(err, server.ErrUnavailable) && !must && requireErr == nil {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := on.Close(); err != nil {
			t.Error(err)
		}
	})
	return on
}

// store opens the peer on the place for one test.
func store(t *testing.T, p Peer, place target.Place) Store {
	t.Helper()
	s, err := p.Open(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestPeersKeepSessions: what is set is read, until it is deleted, and what is
// not there is not found.
func TestPeersKeepSessions(t *testing.T) {
	eachPeer(t, func(t *testing.T, p Peer, on *target.Target) {
		s, ctx := store(t, p, on.Place()), t.Context()
		want(t, s, "a", "")
		for _, data := range []string{"one", "two"} {
			if err := s.Set(ctx, "a", []byte(data), time.Hour); err != nil {
				t.Fatal(err)
			}
			want(t, s, "a", data)
		}
		want(t, s, "b", "")
		for range 2 { // the second finds nothing, which is no error
			if err := s.Delete(ctx, "a"); err != nil {
				t.Fatal(err)
			}
			want(t, s, "a", "")
		}
	})
}

// want checks what Get returns; "" stands for not found.
func want(t *testing.T, s Store, id, data string) {
	t.Helper()
	got, err := s.Get(t.Context(), id)
	if missing := errors.Is(err, sessionstore.ErrNotFound); missing != (data == "") || err != nil && !missing || string(got) != data {
		t.Errorf("Get %s: %q, %v, want %q", id, got, err, data)
	}
}

// TestPeersShareAPlace: two stores of one place have the same sessions, and
// another place has none of them.
func TestPeersShareAPlace(t *testing.T) {
	eachPeer(t, func(t *testing.T, p Peer, on *target.Target) {
		if p.Backend == "memory" {
			return // each store of memory is another one
		}
		place := on.Place()
		err := func() error { // bolt's file has one owner at a time
			s, err := p.Open(t.Context(), place)
			if err != nil {
				return err
			}
			return errors.Join(s.Set(t.Context(), "a", []byte("data"), time.Hour), s.Close())
		}()
		if err != nil {
			t.Fatal(err)
		}
		want(t, store(t, p, place), "a", "data")
		want(t, store(t, p, on.Place()), "a", "")
	})
}

// TestPeersExtend: a session that was extended, in either way, outlives one
// that was not, and there is no extending what is not there.
func TestPeersExtend(t *testing.T) {
	extensions := map[string]func(context.Context, Store, string) error{
		"Touch": func(ctx context.Context, s Store, id string) error { return s.Touch(ctx, id, time.Hour) },
		"GetAndTouch": func(ctx context.Context, s Store, id string) error {
			data, err := sessionstore.GetAndTouch(ctx, s, id, time.Hour)
			if err == nil && string(data) != id {
				return errors.New("it returned other data")
			}
			return err
		},
	}
	eachPeer(t, func(t *testing.T, p Peer, on *target.Target) {
		if p.Name == "ttlcache" || p.Name == "ttlcache-copying" {
			return // TestTTLCacheExtends
		}
		s := store(t, p, on.Place())
		set(t, s, "left", time.Second)
		for id, extend := range extensions {
			set(t, s, id, time.Second)
			if err := extend(t.Context(), s, id); err != nil {
				t.Fatalf("%s: %v", id, err)
			}
			if err := extend(t.Context(), s, "absent"); !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("%s of what is not there: %v, want ErrNotFound", id, err)
			}
			want(t, s, "absent", "")
		}
		if p.Endless {
			return
		}
		ends(t, s, "left")
		for id := range extensions {
			want(t, s, id, id)
		}
	})
}

// set stores a session whose data is its id.
func set(t *testing.T, s Store, id string, ttl time.Duration) {
	t.Helper()
	if err := s.Set(t.Context(), id, []byte(id), ttl); err != nil {
		t.Fatal(err)
	}
}

// ends waits until a session has ended.
func ends(t *testing.T, s Store, id string) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		if _, err := s.Get(t.Context(), id); errors.Is(err, sessionstore.ErrNotFound) {
			return
		}
	}
	t.Fatalf("the session has not ended by itself")
}

// TestUnknownOutcomes: a write that failed at a server may have been carried
// out, and none of the peers says otherwise; a read is never in doubt.
func TestUnknownOutcomes(t *testing.T) {
	for _, p := range append(Of("redis"), Of("postgres")...) {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			on := opened(t, config(t, p.Backend))
			if !on.Server.Owned() {
				t.Skip("the server was given and is not ours to kill")
			}
			s := store(t, p, on.Place())
			set(t, s, "a", time.Hour)
			if err := on.Server.Kill(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			if err := s.Set(ctx, "a", []byte("b"), time.Hour); !errors.Is(err, sessionstore.ErrUnknownOutcome) {
				t.Errorf("Set without a server: %v, want ErrUnknownOutcome", err)
			}
			if err := s.Delete(ctx, "a"); !errors.Is(err, sessionstore.ErrUnknownOutcome) {
				t.Errorf("Delete without a server: %v, want ErrUnknownOutcome", err)
			}
			_, err := s.Get(ctx, "a")
			if err == nil || errors.Is(err, sessionstore.ErrNotFound) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
				t.Errorf("Get without a server: %v, want an error that is neither", err)
			}
		})
	}
}

func config(t *testing.T, backend string) target.Config {
	t.Helper()
	for _, c := range Configs() {
		if c.Backend == backend {
			return c
		}
	}
	t.Fatalf("peers of %s are not measured", backend)
	return target.Config{}
}
