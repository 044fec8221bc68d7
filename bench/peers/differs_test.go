package peers

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
)

// TestSlices: the stores in memory do with the slices that they hand out what
// their descriptions say: a reader who changes one changes the session, or not.
func TestSlices(t *testing.T) {
	for _, p := range Of("memory") {
		t.Run(p.Name, func(t *testing.T) {
			s := store(t, p, target.Place{Config: config(t, "memory")})
			after := "data"
			if strings.HasPrefix(p.Differs, handsOut) {
				after = "xata"
			}
			passed := []byte("data")
			if err := s.Set(t.Context(), "a", passed, time.Hour); err != nil {
				t.Fatal(err)
			}
			passed[1] = 'y'
			got, err := s.Get(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			got[0] = 'x'
			want(t, s, "a", after)
		})
	}
}

// TestFiberDropsEmptyData: a Set without data leaves what was there.
func TestFiberDropsEmptyData(t *testing.T) {
	on := opened(t, config(t, "redis"))
	p, _ := Named("gofiber-redis")
	s := store(t, p, on.Place())
	set(t, s, "a", time.Hour)
	if err := s.Set(t.Context(), "a", nil, time.Hour); err != nil {
		t.Fatal(err)
	}
	want(t, s, "a", "a")
}

// TestTTLCacheExtends by the ttl that a session was set with, and by no other;
// reading alone does not extend.
func TestTTLCacheExtends(t *testing.T) {
	for _, name := range []string{"ttlcache", "ttlcache-copying"} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { checkTTLCache(t, name) }) })
	}
}

func checkTTLCache(t *testing.T, name string) {
	p, found := Named(name)
	if !found {
		t.Fatalf("no peer is named %s", name)
	}
	s := store(t, p, target.Place{Config: config(t, "memory")})
	set(t, s, "extended", time.Hour)
	set(t, s, "read", time.Hour)
	time.Sleep(40 * time.Minute)
	if err := s.Touch(t.Context(), "extended", time.Hour); err != nil {
		t.Errorf("Touch by the same ttl: %v", err)
	}
	want(t, s, "read", "read")
	time.Sleep(40 * time.Minute)
	want(t, s, "extended", "extended")
	want(t, s, "read", "")
	if err := s.Touch(t.Context(), "extended", time.Minute); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Touch by another ttl: %v, want ErrUnsupported", err)
	}
	if err := s.Touch(t.Context(), "read", time.Hour); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Touch of what has ended: %v, want ErrNotFound", err)
	}
}
