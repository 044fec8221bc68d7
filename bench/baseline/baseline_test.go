package baseline

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/server"
	"github.com/coatcheck/sessionstore/bench/target"
)

func TestMain(m *testing.M) { server.Main(m) }

func check(t *testing.T, b *Baseline, want string) {
	t.Helper()
	const n = 50
	h, err := b.Measure(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if b.What != want || h.TotalCount() != n || h.Max() <= 1 {
		t.Errorf("got %d times of %s, up to %d ns, want %d of %s", h.TotalCount(), b.What, h.Max(), n, want)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := b.Measure(t.Context(), 1); err == nil {
		t.Errorf("%s after Close: no error", want)
	}
}

func TestServers(t *testing.T) {
	for backend, c := range map[string]struct{ durability, want string }{
		"redis":     {"none", "redis-PING"},
		"memcached": {"none", "memcached-version"},
		"postgres":  {"async", "postgres-SELECT-1"},
	} {
		t.Run(backend, func(t *testing.T) {
			tg := opened(t, target.Config{Backend: backend, Durability: c.durability})
			b, err := Server(t.Context(), tg)
			if err != nil {
				t.Fatal(err)
			}
			check(t, b, c.want)
		})
	}
}

// opened opens a target, or skips where there is no server.
func opened(t *testing.T, c target.Config) *target.Target {
	t.Helper()
	tg, err := c.Open(t.Context(), t.TempDir())
	if errors.Is(err, server.ErrUnavailable) && os.Getenv("SESSIONSTORE_REQUIRE") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tg.Close(); err != nil {
			t.Error(err)
		}
	})
	return tg
}

func TestNoServer(t *testing.T) {
	tg := opened(t, target.Config{Backend: "memory", Durability: "none"})
	if b, err := Server(t.Context(), tg); b != nil || err != nil {
		t.Errorf("memory: got %v and error %v, want none", b, err)
	}
}

func TestDisk(t *testing.T) {
	dir := t.TempDir()
	b, err := Disk(dir)
	if err != nil {
		t.Fatal(err)
	}
	check(t, b, syncName+"-4KiB")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := Disk(dir + "/absent"); err == nil {
		t.Error("a directory that is not there: no error")
	}
}

// TestMemcachedIsCancelled: a server that does not answer holds nobody up.
func TestMemcachedIsCancelled(t *testing.T) {
	tg := opened(t, target.Config{Backend: "memcached", Durability: "none"})
	b, err := Server(t.Context(), tg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Measure(ctx, 1_000_000_000); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want context.DeadlineExceeded", err)
	}
}
