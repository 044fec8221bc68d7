package target

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore/bench/server"
)

// alone returns a memcached that has other arguments than the matrix.
func alone(t *testing.T, args ...string) *Target {
	t.Helper()
	t.Setenv(server.Variable("memcached"), "") // one that was given has its own arguments
	s, err := server.Start(t.Context(), "memcached", args...)
	if errors.Is(err, server.ErrUnavailable) && os.Getenv("SESSIONSTORE_REQUIRE") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &Target{Config: Config{"memcached", "none"}, Server: s}
}

// TestPurgeCrawls: a memcached that never looks for expired items by itself is
// told to.
func TestPurgeCrawls(t *testing.T) {
	target := alone(t, "-o", "no_lru_maintainer")
	s, err := target.Place().Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	deadline := time.Now().Add(time.Second)
	for i := range stored {
		if err := s.Set(t.Context(), fmt.Sprint(i), nil, time.Until(deadline)); err != nil {
			t.Fatal(err)
		}
	}
	counters, err := target.Counters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Until(deadline.Add(target.ExpiryLag(0))))
	if err := target.Purge(t.Context(), s, stored, counters); err != nil {
		t.Error(err)
	}
}

// TestPurgeSaysWhatFailed: a server without a crawler removes nothing.
func TestPurgeSaysWhatFailed(t *testing.T) {
	target := alone(t, "-o", "no_lru_crawler,no_lru_maintainer")
	if err := target.Purge(t.Context(), nil, 1, &Counters{Records: 1}); err == nil || !strings.Contains(err.Error(), "lru_crawler") {
		t.Errorf("Purge: %v, want an error that names lru_crawler", err)
	}
}
